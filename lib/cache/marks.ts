/** Ends a leader's obligation because its response may not be stored: by a mark for later requests, and by releasing its waiters. */

import { variantOf, varyRule } from '../http/vary.js'
import type { Collapse } from './collapse.js'
import { checkDuration, checkNames, type MarkOptions } from './commit-options.js'
import type { Entry } from './entry.js'
import type { Leaders } from './leaders.js'
import { Marker } from './marker.js'
import type { Overtaken } from './overtaken.js'
import type { Shared } from './shared.js'
import type { Obligation } from './variants.js'

/**
 * How long the mark of a declined response lives if the policy's `markerSeconds` gives no number. Long enough for a crowd of
 * requests to pass, short enough that requests soon collapse again if the origin's later responses may be shared.
 */
const DECLINED_MARK_MS = 1000

export class Marks {
  readonly #shared: Shared
  readonly #collapse: Collapse
  readonly #leaders: Leaders
  readonly #overtaken: Overtaken

  constructor(shared: Shared, collapse: Collapse, overtaken: Overtaken) {
    this.#shared = shared
    this.#collapse = collapse
    this.#leaders = collapse.leaders
    this.#overtaken = overtaken
  }

  /** See `Entry.recordNotCacheable`. The mark replaces a stored object (Q36). */
  record(entry: Entry, options: MarkOptions): void {
    const obligation = this.#leaders.obliged(entry)
    checkDuration('maxAgeMs', options.maxAgeMs)
    checkNames(options.varyNames)
    const { clock, policy } = this.#shared
    const rule = varyRule(options.varyNames ?? [])
    const span = { markedAtMs: clock.now(), maxAgeMs: options.maxAgeMs }
    const marker = new Marker(policy.markerMode, entry.key, rule, variantOf(rule, entry.request, policy), span)
    obligation.slot.variants.failures = undefined
    const isLeft = this.#isLeft(obligation, marker)
    this.#leaders.end(obligation)
    entry.settle('pass', undefined)
    if (isLeft) this.#mark(marker, 'replace')
    if (obligation.exclusivity === 'together') this.#collapse.wakeNext(obligation.slot)
    else if (policy.markerMode === 'pass') this.#collapse.wakeToPass(obligation.slot)
    else this.#collapse.wakeTogether(obligation.slot)
    this.#finish(marker, isLeft)
  }

  /** For a declined response, under `onDeclined: 'release-all'`. The mark stands beside a stored object (semantics 4.1-11). */
  decline(obligation: Obligation): void {
    const { slot, holder, exclusivity } = obligation
    const { clock, policy } = this.#shared
    const { markerSeconds } = policy
    const maxAgeMs = markerSeconds === 'freshness' ? DECLINED_MARK_MS : markerSeconds * 1000
    const marker = new Marker('miss', holder.key, slot.under.rule, slot.variant, { markedAtMs: clock.now(), maxAgeMs })
    const isLeft = this.#isLeft(obligation, marker)
    this.#leaders.end(obligation)
    if (isLeft) this.#mark(marker, 'beside')
    if (exclusivity === 'exclusive') this.#collapse.wakeTogether(slot)
    else this.#shared.catalogue.tidy(slot)
    this.#finish(marker, isLeft)
  }

  /** Whether the mark is left: not if a hard purge has overtaken the response, which would have removed the mark (12-6, 12-7). */
  #isLeft(obligation: Obligation, marker: Marker): boolean {
    return this.#overtaken.by(obligation, marker) === undefined
  }

  #mark(marker: Marker, over: 'replace' | 'beside'): void {
    this.#shared.catalogue.mark(marker, over)
    this.#shared.tally.marks += 1
    this.#shared.observe.mark?.(marker.key, marker.mode)
  }

  /** The store's bound comes last, as for a stored object. */
  #finish(marker: Marker, isLeft: boolean): void {
    if (isLeft) this.#shared.catalogue.keep(marker)
    this.#shared.wakes.deliver()
  }
}
