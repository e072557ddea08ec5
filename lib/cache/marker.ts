/** A mark that a slot cannot be cached for a while: lookups that meet it do not wait for each other (Q5). */

import type { Place } from '../base/queue.js'
import { cacheKeyHex } from '../http/key.js'
import type { Policy } from '../http/policy.js'
import type { VaryRule } from '../http/vary.js'
import type { Kept } from '../store/store.js'
import type { Slot } from './slot.js'

/** Weighed like an object, so that marks for a million one-off URLs stay within the bound. */
const RECORD_BYTES = 800

export class Marker implements Kept {
  readonly kind = 'marker'
  readonly body = undefined
  readonly headBytes: number
  /** That of its cache key alone: nothing else is known of what cannot be cached. */
  readonly surrogateKeys: readonly string[]
  slot: Slot | undefined = undefined
  /** Among all marks. */
  place: Place<Marker> | undefined = undefined

  constructor(
    /** `pass`: fetch without the cache. `miss`: lead, together with any number of others. */
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
