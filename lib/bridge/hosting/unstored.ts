/** Describes, as an entry, what a guest has committed after its obligation had lapsed: it answers that guest only, unstored. */

import { FOUND, USABLE } from '../../cache/outcome.js'
import type { AdaptedResponse } from '../../http/adapt.js'
import type { ResponseHead } from '../../http/message.js'
import type { WriteOptions } from '../../http/options.js'
import { varyRule } from '../../http/vary.js'
import type { SerializedEntry } from '../line/protocol.js'

export interface Committed {
  readonly head: ResponseHead
  readonly options: WriteOptions
  /** `head`, adapted to the guest's request. */
  readonly adapted: AdaptedResponse
  readonly length: number | undefined
}

/** The entry as it would be if all of this were stored. */
export function unstored({ head, options, adapted, length }: Committed): Omit<SerializedEntry, 'report' | 'suggested'> {
  const { initialAgeMs, maxAgeMs, staleWhileRevalidateMs, staleIfErrorMs, varyNames, surrogateKeys, sensitive } =
    options
  const object = {
    ageMs: initialAgeMs,
    isPast: initialAgeMs >= maxAgeMs,
    maxAgeMs,
    swrMs: staleWhileRevalidateMs,
    sieMs: staleIfErrorMs,
    hits: 0,
    varyNames: varyRule(varyNames),
    surrogateKeys,
    sensitive,
  }
  return { state: FOUND | USABLE, object, stored: head, isWhole: false, adapted, length }
}
