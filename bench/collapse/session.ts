/** Plays all tests through all caches, round by round, in front of one origin, and ends every process that it starts. */

import { setTimeout as pause } from 'node:timers/promises'
import type { CacheUnderTest, Running } from './caches/cache.js'
import type { CollapseTest } from './declaration.js'
import { judge, type Verdict } from './judge.js'
import { Origin } from './origin.js'
import { play, prepare, type Stage } from './play.js'

export interface SessionOptions {
  readonly tests: readonly CollapseTest[]
  readonly caches: readonly CacheUnderTest[]
  readonly callers: number
  readonly rounds: number
  /** What the limit of `expected_rounds` is extended by, in milliseconds, because the machine may be busy. */
  readonly slackMs: number
  /** Called before each test. */
  readonly progress?: (what: string) => void
}

/** The result of one test through one cache in one round. */
export interface Played extends Verdict {
  readonly id: string
  readonly cache: string
}

/**
 * Plays each test through all caches before the next test, so that a drift of the machine affects the caches alike. Every round
 * begins with another cache: the caches after the first find callers and an origin whose code is compiled and cached.
 */
export async function session(options: SessionOptions): Promise<Played[]> {
  await using origin = await Origin.start()
  await using running = new RunningCaches()
  for (const cache of options.caches) await running.join(cache, origin)
  const played: Played[] = []
  for (let round = 1; round <= options.rounds; round++) {
    const members = rotated(running.members, round - 1)
    const testRuns = options.tests.flatMap((test) => members.map((member) => testRunOf(test, member, origin, round)))
    played.push(...(await playRound(testRuns, round, options)))
  }
  return played
}

async function playRound(testRuns: readonly TestRun[], round: number, options: SessionOptions): Promise<Played[]> {
  // All setups come first, so that the objects of one test grow stale while other tests are played.
  const readyAt: number[] = []
  for (const { test, stage } of testRuns) readyAt.push(await prepare(test, stage))
  const played: Played[] = []
  for (const [at, testRun] of testRuns.entries()) {
    options.progress?.(`round ${round}, ${at + 1}/${testRuns.length} ${testRun.name}: ${testRun.test.id}`)
    const { pause_after_setup: age = 0 } = testRun.test
    await pause(Math.max(0, (readyAt[at] as number) + age - performance.now()))
    played.push(await playTest(testRun, options))
  }
  return played
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

interface TestRun {
  readonly name: string
  readonly test: CollapseTest
  readonly stage: Stage
}

function testRunOf(test: CollapseTest, { name, running }: StartedCache, origin: Origin, round: number): TestRun {
  return { name, test, stage: { origin, cache: running, path: `/${name}/${test.id}/${round}` } }
}

async function playTest({ name, test, stage }: TestRun, { callers, slackMs }: SessionOptions): Promise<Played> {
  const outcome = await play(test, stage, callers)
  return { id: test.id, cache: name, ...judge(test, outcome, slackMs) }
}

interface StartedCache {
  readonly name: string
  readonly running: Running
}

/** All caches that were started; disposing it ends them. */
class RunningCaches implements AsyncDisposable {
  readonly members: StartedCache[] = []

  async join(cache: CacheUnderTest, origin: Origin): Promise<void> {
    this.members.push({ name: cache.name, running: await cache.start(origin.port) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ running }) => running[Symbol.asyncDispose]()))
  }
}
