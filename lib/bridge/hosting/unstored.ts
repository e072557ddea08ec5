/** What a guest has committed after its obligation was taken back: an answer to its own request, of which nothing is stored. */

import { FOUND, USABLE } from '../../cache/outcome.js'
import type { ResponseHead } from '../../http/message.js'
import type { WriteOptions } from '../../http/options.js'
import { varyRule } from '../../http/vary.js'
import type { SpokenEntry } from '../line/protocol.js'

export interface Committed {
  readonly head: ResponseHead
  readonly options: WriteOptions
  /** The head as the guest's request is answered with it. */
  readonly adapted: ResponseHead
  readonly length: number | undefined
}

/** As if it were stored. */
export function unstored({ head, options, adapted, length }: Committed): Omit<SpokenEntry, 'report' | 'suggested'> {
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
