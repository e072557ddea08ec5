/** How a scene went. */

import type { Account } from './ledger.js'
import type { Scene } from './scene.js'

export interface AsTold {
  readonly is: 'as told'
  readonly scene: Scene
  readonly account: Account
  readonly originRequests: number
  readonly note: string
  readonly tookMs: number
}

export type Verdict =
  | AsTold
  | { readonly is: 'missed'; readonly scene: Scene; readonly why: string }
  | { readonly is: 'skipped'; readonly scene: Scene; readonly why: string }
