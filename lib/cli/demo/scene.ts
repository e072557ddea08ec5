/** What a scene is: something to play, and what has to come of it. */

import type { Cache } from '../../client/cache.js'
import type { HostThread } from '../../client/host-thread.js'
import type { Crew } from './crew.js'
import { expect } from './expect.js'
import type { Account } from './ledger.js'
import type { OriginProcess } from './origin.js'
import type { Origin, Page } from './page.js'

/** What every scene finds on stage. */
export interface Stage {
  readonly host: HostThread
  /** This thread's cache over that host. */
  readonly cache: Cache
  /** Four threads that have joined the host as well. */
  readonly crew: Crew
  /** A page that is cacheable, and what is on it. */
  readonly page: Page
  readonly origin: Origin
}

/** For scenes that tell the origin how to behave. */
export interface OwnStage extends Stage {
  readonly origin: OriginProcess
}

export interface Outcome {
  readonly account: Account
  /** What was seen, for the line of the scene. */
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

/** What holds of every scene: all callers were answered, with the right bytes, at the right cost. */
export function review(scene: Scene, account: Account, originRequests: number): void {
  const { expects } = scene
  expect('what callers got', account.faults.join(', ') || 'as served', 'as served')
  expect('callers', account.callers, expects.callers)
  expect('origin requests', originRequests, expects.originRequests)
  expect('hits', account.hits, expects.hits)
}
