/** One round: all tests through all caches, in front of one origin; everything started here is ended here. */

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

/** Test by test, each through all caches, so that a drift of the machine hits them alike. */
export async function session(options: SessionOptions): Promise<Played[]> {
  await using origin = await Origin.start()
  await using lineup = new Lineup()
  for (const cache of options.caches) await lineup.join(cache, origin)
  const scenes = options.tests.flatMap((test) =>
    lineup.members.map(({ name, running }): Scene => {
      return { name, test, stage: { origin, cache: running, path: `/${name}/${test.id}` } }
    }),
  )
  // All setups come first: what has to grow stale does so while others are played.
  const readyAt: number[] = []
  for (const { test, stage } of scenes) readyAt.push(await prepare(test, stage))
  const played: Played[] = []
  for (const [at, scene] of scenes.entries()) {
    options.progress?.(`${at + 1}/${scenes.length} ${scene.name}: ${scene.test.id}`)
    const { pause_after_setup: age = 0 } = scene.test
    await pause(Math.max(0, (readyAt[at] as number) + age - performance.now()))
    played.push(await playScene(scene, options))
  }
  return played
}

interface Scene {
  readonly name: string
  readonly test: CollapseTest
  readonly stage: Stage
}

async function playScene({ name, test, stage }: Scene, { callers, slackMs }: SessionOptions): Promise<Played> {
  const seen = await play(test, stage, callers)
  return { id: test.id, cache: name, ...judge(test, seen, slackMs) }
}

/** The caches that were started, to be ended together. */
class Lineup implements AsyncDisposable {
  readonly members: { readonly name: string; readonly running: Running }[] = []

  async join(cache: CacheUnderTest, origin: Origin): Promise<void> {
    this.members.push({ name: cache.name, running: await cache.start(origin.port) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map(({ running }) => running[Symbol.asyncDispose]()))
  }
}
