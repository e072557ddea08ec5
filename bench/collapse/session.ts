/** All tests through all caches, round by round, in front of one origin; everything started here is ended here. */

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
  /** What a busy machine may add to any time, in milliseconds. */
  readonly slackMs: number
  /** Told before each test. */
  readonly progress?: (what: string) => void
}

/** What one test through one cache came to. */
export interface Played extends Verdict {
  readonly id: string
  readonly cache: string
}

/**
 * Test by test, each through all caches, so that a drift of the machine hits them alike. Every round begins with another one:
 * who comes after others finds callers and origin whose code is compiled and in the processor's cache.
 */
export async function session(options: SessionOptions): Promise<Played[]> {
  await using origin = await Origin.start()
  await using lineup = new Lineup()
  for (const cache of options.caches) await lineup.join(cache, origin)
  const played: Played[] = []
  for (let round = 1; round <= options.rounds; round++) {
    const members = rotated(lineup.members, round - 1)
    const scenes = options.tests.flatMap((test) => members.map((member) => sceneOf(test, member, origin, round)))
    played.push(...(await playRound(scenes, round, options)))
  }
  return played
}

async function playRound(scenes: readonly Scene[], round: number, options: SessionOptions): Promise<Played[]> {
  // All setups come first: what has to grow stale does so while others are played.
  const readyAt: number[] = []
  for (const { test, stage } of scenes) readyAt.push(await prepare(test, stage))
  const played: Played[] = []
  for (const [at, scene] of scenes.entries()) {
    options.progress?.(`round ${round}, ${at + 1}/${scenes.length} ${scene.name}: ${scene.test.id}`)
    const { pause_after_setup: age = 0 } = scene.test
    await pause(Math.max(0, (readyAt[at] as number) + age - performance.now()))
    played.push(await playScene(scene, options))
  }
  return played
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}

interface Scene {
  readonly name: string
  readonly test: CollapseTest
  readonly stage: Stage
}

function sceneOf(test: CollapseTest, { name, running }: Member, origin: Origin, round: number): Scene {
  return { name, test, stage: { origin, cache: running, path: `/${name}/${test.id}/${round}` } }
}

async function playScene({ name, test, stage }: Scene, { callers, slackMs }: SessionOptions): Promise<Played> {
  const seen = await play(test, stage, callers)
  return { id: test.id, cache: name, ...judge(test, seen, slackMs) }
}

interface Member {
  readonly name: string
  readonly running: Running
}

/** The caches that were started, to be ended together. */
class Lineup implements AsyncDisposable {
  readonly members: Member[] = []

  async join(cache: CacheUnderTest, origin: Origin): Promise<void> {
    this.members.push({ name: cache.name, running: await cache.start(origin.port) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ running }) => running[Symbol.asyncDispose]()))
  }
}
