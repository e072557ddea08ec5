/** The slots of one key: its vary rules, newest first, and under each rule one slot per variant (semantics 3.6). */

import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { type VaryRule, variantOf } from '../http/vary.js'
import type { Failures } from './back-off.js'
import { MultiMap } from './multi-map.js'
import type { StoredObject } from './object.js'
import { Slot } from './slot.js'
import { SmallMap } from './small-map.js'

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

function sameRule(a: VaryRule, b: VaryRule): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at])
}
