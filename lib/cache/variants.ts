/** The variants of one key: its vary rules, newest first, and under each rule one slot per variant (semantics 3.6). */

import { Queue } from '../base/queue.js'
import type { Undo } from '../base/undo.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { type VaryRule, variantOf } from '../http/vary.js'
import type { Failures } from './back-off.js'
import type { Entry, Exclusivity } from './entry.js'
import type { Marker } from './marker.js'
import { MultiMap } from './multi-map.js'
import type { StoredObject } from './object.js'
import type { InFlightSend } from './purge-log.js'
import { SmallMap } from './small-map.js'

const NONE: readonly StoredObject[] = []

const EMPTY_RULE: VaryRule = []

export class Variants {
  /** Newest first; each has slots. The list is replaced, never grown, and so has no spare capacity: each key has such a list. */
  rules: readonly RuleSlots[] = []

  /** The number of stored objects; marks and obligations do not count. */
  objects = 0
  /** How often an object or a mark was stored under the key. */
  arrivals = 0
  /** Of the fetches behind stale answers; forgotten when one has succeeded, and with the key. */
  failures: Failures | undefined = undefined

  constructor(readonly key: string) {}

  get holdsObjects(): boolean {
    return this.objects > 0
  }

  /** The slot for a request that no stored object answers: the one under the newest rule. */
  openFor(request: RequestHead, policy: Policy): Slot {
    const rule = this.rules[0]?.rule ?? EMPTY_RULE
    return this.open(rule, variantOf(rule, request, policy))
  }

  /** The slot of a variant, if there is one. */
  peek(rule: VaryRule, variant: string): Slot | undefined {
    return this.#under(rule)?.slots.get(variant)
  }

  /** The slot that `object` is filed in; `undefined` once it is filed no more. */
  slotOf(object: StoredObject): Slot | undefined {
    const slot = this.peek(object.fields.rule, object.fields.variant)
    return slot?.object === object ? slot : undefined
  }

  /** The slot of a variant, made if there is none. */
  open(rule: VaryRule, variant: string): Slot {
    let under = this.#under(rule)
    if (under === undefined) {
      under = new RuleSlots(rule)
      this.rules = [under, ...this.rules]
    }
    let slot = under.slots.get(variant)
    if (slot === undefined) {
      slot = new Slot(this, under, variant)
      under.slots.set(variant, slot)
    }
    return slot
  }

  /** Moves a rule to the front, as the newest. */
  promote(under: RuleSlots): void {
    if (this.rules[0] === under) return
    this.rules = [under, ...this.#besides(under)]
  }

  /** Forgets the slot if it is vacant, and its rule if that has no slots left. */
  tidy(slot: Slot): void {
    if (!slot.isVacant || slot.under.slots.get(slot.variant) !== slot) return
    slot.under.slots.delete(slot.variant)
    if (slot.under.slots.size === 0) this.rules = this.#besides(slot.under)
  }

  #under(rule: VaryRule): RuleSlots | undefined {
    return this.rules.find((candidate) => sameRule(candidate.rule, rule))
  }

  #besides(under: RuleSlots): RuleSlots[] {
    return this.rules.filter((other) => other !== under)
  }
}

/** One rule and the slots filed under it. */
export class RuleSlots {
  readonly slots = new SmallMap<Slot>()
  /** The stored objects by the variant that the origin selected; `undefined` unless the policy looks at that. */
  #chosen: MultiMap<StoredObject> | undefined = undefined

  constructor(readonly rule: VaryRule) {}

  add(object: StoredObject): void {
    const { chosenVariant } = object.fields
    if (chosenVariant === undefined) return
    this.#chosen ??= new MultiMap()
    this.#chosen.add(chosenVariant, object)
  }

  remove(object: StoredObject): void {
    const { chosenVariant } = object.fields
    if (chosenVariant !== undefined) this.#chosen?.remove(chosenVariant, object)
  }

  /** The objects whose `chosenVariant` is `preferred`. */
  chosenFor(preferred: string): readonly StoredObject[] {
    return this.#chosen?.of(preferred) ?? NONE
  }
}

/** One variant: its stored object or mark, its leader, and the waiters for that leader. */
export class Slot {
  object: StoredObject | undefined = undefined
  marker: Marker | undefined = undefined
  /** The one exclusive obligation (semantics 2.9-1). */
  leader: Obligation | undefined = undefined
  /** The number of obligations held side by side. They keep the slot alive: when they end, entries may be waiting in it. */
  together = 0
  /** Empty if there is no leader. */
  readonly waiters = new Queue<Entry>()
  /** `Variants.arrivals` as of when all waiters were last looked up. */
  arrivalsSeen = 0

  constructor(
    readonly variants: Variants,
    readonly under: RuleSlots,
    readonly variant: string,
  ) {}

  /** The leader, unless its lease has run out. */
  leaderAt(nowMs: number): Obligation | undefined {
    return this.leader?.lapsedAt(nowMs) ? undefined : this.leader
  }

  get isVacant(): boolean {
    return (
      this.object === undefined &&
      this.marker === undefined &&
      this.leader === undefined &&
      this.together === 0 &&
      this.waiters.size === 0
    )
  }
}

/** The duty and right to fill one slot; its holder ends it once: by an insert, update, stale choice or mark, or by giving up. */
export class Obligation {
  /** From this time on the obligation is taken back as soon as another request wants it. */
  leaseEndsMs: number
  /** Runs only while an entry waits. */
  leaseTimer: Undo | undefined = undefined

  constructor(
    readonly slot: Slot,
    readonly holder: Entry,
    readonly exclusivity: Exclusivity,
    /** The holder's fetch. Until that is sent, it counts as sent when the obligation was granted. */
    public inFlight: InFlightSend,
    nowMs: number,
  ) {
    const { ms, hasLapsed } = holder.lease
    this.leaseEndsMs = hasLapsed ? nowMs : nowMs + ms
  }

  lapsedAt(nowMs: number): boolean {
    return nowMs >= this.leaseEndsMs
  }
}

function sameRule(a: VaryRule, b: VaryRule): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at])
}
