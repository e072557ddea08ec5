/** How a scene went: passed, missed what it expects, or skipped. Types only. */

import type { Account } from './ledger.js'
import type { Scene } from './scene.js'

export interface Passed {
  readonly is: 'passed'
  readonly scene: Scene
  readonly account: Account
  readonly originRequests: number
  readonly note: string
  readonly tookMs: number
}

export type Verdict =
  | Passed
  | { readonly is: 'missed'; readonly scene: Scene; readonly why: string }
  | { readonly is: 'skipped'; readonly scene: Scene; readonly why: string }
