/** A scene: what to play on a stage, and what to expect of it. */

import type { Cache } from '../../client/cache.js'
import type { HostThread } from '../../client/host-thread.js'
import type { Crew } from './crew.js'
import { expect } from './expect.js'
import type { Account } from './ledger.js'
import type { OriginProcess } from './origin.js'
import type { Origin, Page } from './page.js'

/** What every scene has to play with. */
export interface Stage {
  readonly host: HostThread
  /** This thread's cache, joined to `host`. */
  readonly cache: Cache
  /** Four worker threads, joined to `host` as well. */
  readonly crew: Crew
  /** A cacheable page, and its content. */
  readonly page: Page
  readonly origin: Origin
}

/** The stage of scenes that tell the origin how to behave. */
export interface OwnStage extends Stage {
  readonly origin: OriginProcess
}

export interface Outcome {
  readonly account: Account
  /** What was observed, printed on the scene's line. */
  readonly note: string
}

export interface Expectation {
  readonly callers: number
  readonly originRequests: number
  readonly hits: number
}

interface SceneOf<S extends Stage> {
  readonly name: string
  readonly expects: Expectation
  play(stage: S): Promise<Outcome>
}

export type Scene =
  | (SceneOf<Stage> & { readonly on: 'any origin' })
  | (SceneOf<OwnStage> & { readonly on: 'our own origin' })

/** Checks what holds for every scene: the numbers of callers, hits and origin requests, and that no answer was wrong. */
export function review(scene: Scene, account: Account, originRequests: number): void {
  const { expects } = scene
  expect('what callers got', account.faults.join(', ') || 'as served', 'as served')
  expect('callers', account.callers, expects.callers)
  expect('origin requests', originRequests, expects.originRequests)
  expect('hits', account.hits, expects.hits)
}
