/** A mark says that a slot cannot be cached for a while: lookups that find it do not wait for each other (Q5). */

import type { Place } from '../base/queue.js'
import { cacheKeyHex } from '../http/key.js'
import type { Policy } from '../http/policy.js'
import type { VaryRule } from '../http/vary.js'
import type { Kept } from '../store/store.js'

/** A mark has a weight in the store, so that marks for a million one-off URLs stay within its bound. */
const RECORD_BYTES = 800

export class Marker implements Kept {
  readonly kind = 'marker'
  readonly body = undefined
  readonly headBytes: number
  /** Only the surrogate key made from the cache key: a response that is not cached has no others. */
  readonly surrogateKeys: readonly string[]
  /** Its place in the catalogue's queue of all marks. */
  place: Place<Marker> | undefined = undefined

  constructor(
    /** `pass`: lookups fetch past the cache (hit-for-pass). `miss`: lookups lead, any number side by side (hit-for-miss). */
    readonly mode: Policy['markerMode'],
    readonly key: string,
    readonly rule: VaryRule,
    readonly variant: string,
    readonly span: { readonly markedAtMs: number; readonly maxAgeMs: number },
  ) {
    this.headBytes = RECORD_BYTES + key.length
    this.surrogateKeys = [cacheKeyHex(key)]
  }

  liveAt(nowMs: number): boolean {
    return Math.max(0, nowMs - this.span.markedAtMs) < this.span.maxAgeMs
  }
}
