/** The index of all objects and marks, by key and variant and by surrogate key; keeps in step with the store. */

import { InvalidArgumentError } from '../base/errors.js'
import { Queue } from '../base/queue.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { notKept } from '../store/demand.js'
import type { EvictReason, Kept, Store } from '../store/store.js'
import type { Loans } from './loans.js'
import { Marker } from './marker.js'
import { type Fate, StoredObject } from './object.js'
import type { PurgeAim } from './purge-log.js'
import { SurrogateIndex } from './surrogate-index.js'
import { type Slot, Variants } from './variants.js'

/** The most `Vary` rules of a key with objects or marks. An origin that names other fields each time would add ever more rules. */
const MOST_RULES = 32

/** Up to this many marks, expired ones are left alone. Beyond it, each new mark checks two others and drops expired ones. */
const FEW_MARKS = 1000
const MARKS_CHECKED = 2

export interface CatalogueParts {
  readonly store: Store
  readonly policy: Policy
  readonly loans: Loans
}

export class Catalogue {
  #keys = new Map<string, Variants>()
  #surrogates = new SurrogateIndex<StoredObject | Marker>()
  readonly #store: Store
  readonly #policy: Policy
  readonly #loans: Loans
  #objects = 0
  /** All marks, the one whose last check is oldest first. */
  #markers = new Queue<Marker>()

  constructor({ store, policy, loans }: CatalogueParts, onEvict: (key: string, reason: EvictReason) => void) {
    this.#store = store
    this.#policy = policy
    this.#loans = loans
    store.onEvict((item, reason) => {
      if (item instanceof StoredObject) this.unfile(item, reason === 'failed' ? 'purged' : 'evicted')
      else if (item instanceof Marker) this.erase(item)
      else return
      onEvict(item.key, reason)
    })
  }

  get counts(): { readonly keys: number; readonly objects: number; readonly markers: number } {
    return { keys: this.#keys.size, objects: this.#objects, markers: this.#markers.size }
  }

  get keys(): IterableIterator<Variants> {
    return this.#keys.values()
  }

  find(key: string): Variants | undefined {
    return this.#keys.get(key)
  }

  /** The slot for a new obligation to fetch `request`. */
  openFor(key: string, request: RequestHead): Slot {
    return this.#open(key).openFor(request, this.#policy)
  }

  /** Puts an object into the slot of its rule and variant, and replaces what was there. Does not add it to the store (`keep`). */
  file(object: StoredObject): Slot {
    const { key, rule, variant } = object.fields
    const slot = this.#open(key).open(rule, variant)
    this.#recordArrival(slot)
    this.#clearSlot(slot)
    slot.variants.promote(slot.under)
    slot.object = object
    slot.under.add(object)
    slot.variants.objects += 1
    object.fate = 'filed'
    this.#objects += 1
    this.#surrogates.add(object)
    this.#dropOldRules(slot.variants)
    return slot
  }

  /** What is stored in the slot into which `file` would put the object. */
  inSlotOf({ fields: { key, rule, variant } }: StoredObject): StoredObject | undefined {
    return this.find(key)?.peek(rule, variant)?.object
  }

  /** Leaves a mark. `over`: whether the mark replaces a stored object (Q36) or stands beside it (semantics 4.1-11). */
  mark(marker: Marker, over: 'replace' | 'beside'): Slot {
    const slot = this.#open(marker.key).open(marker.rule, marker.variant)
    this.#recordArrival(slot)
    if (over === 'replace') {
      this.#clearSlot(slot)
      slot.variants.promote(slot.under)
    } else if (slot.marker !== undefined) this.#forgetMarker(slot, slot.marker)
    slot.marker = marker
    this.#sweep(marker.span.markedAtMs)
    marker.place = this.#markers.join(marker)
    this.#surrogates.add(marker)
    if (over === 'replace') this.#dropOldRules(slot.variants)
    return slot
  }

  /** Adds a filed item to the store, which counts it against its bound and may evict it at once. */
  keep(item: Kept): void {
    this.#store.add(item)
  }

  touch(object: StoredObject): void {
    this.#store.touch(object)
  }

  /** Removes an object from its slot and from the store. Does nothing for an object that is not filed. */
  unfile(object: StoredObject, fate: Fate): void {
    const slot = this.find(object.key)?.slotOf(object)
    if (slot === undefined) return
    this.#forgetObject(slot, object, fate)
    this.tidy(slot)
  }

  /** Removes a mark from its slot and from the store. Does nothing for a mark that is not in a slot. */
  erase(marker: Marker): void {
    const slot = this.find(marker.key)?.peek(marker.rule, marker.variant)
    if (slot?.marker !== marker) return
    this.#forgetMarker(slot, marker)
    this.tidy(slot)
  }

  /** Forgets the slot, its rule and its key, as far as nothing is left in them. */
  tidy(slot: Slot): void {
    slot.variants.tidy(slot)
    if (slot.variants.rules.length === 0 && this.#keys.get(slot.variants.key) === slot.variants) {
      this.#keys.delete(slot.variants.key)
    }
  }

  /** Forgets everything, and withdraws every loan. Called when the store is closed. */
  clear(): void {
    for (const key of this.#keys.keys()) this.#loans.withdrawAll(key)
    this.#keys = new Map()
    this.#surrogates = new SurrogateIndex()
    this.#objects = 0
    this.#markers = new Queue()
  }

  /**
   * The objects and marks that a purge affects. A mark is purged by its key, by the surrogate key made from that key, or with
   * everything (semantics 12-6, 12-7).
   */
  aimedAt(target: PurgeAim): { objects: StoredObject[]; markers: Marker[] } {
    const objects: StoredObject[] = []
    const markers: Marker[] = []
    for (const item of this.#itemsOf(target)) {
      if (item.kind === 'object') objects.push(item)
      else markers.push(item)
    }
    return { objects, markers }
  }

  /** Ends the freshness of an object. Also withdraws its loan, so that no other thread answers with it. */
  outdate(object: StoredObject, nowMs: number): void {
    this.#loans.withdraw(object)
    object.purgeSoftly(nowMs)
  }

  /** A new object or mark may decide lookups that found another variant of its key (semantics 3.6-4): all loans of the key end. */
  #recordArrival({ variants }: Slot): void {
    variants.arrivals += 1
    this.#loans.withdrawAll(variants.key)
  }

  /** Drops what is stored under the oldest rules beyond the limit: every lookup goes through all rules of its key. */
  #dropOldRules({ rules }: Variants): void {
    for (const { slots } of rules.slice(MOST_RULES)) {
      for (const { object, marker } of [...slots.values()]) {
        if (object !== undefined) this.unfile(object, 'replaced')
        if (marker !== undefined) this.erase(marker)
      }
    }
  }

  #open(key: string): Variants {
    let variants = this.#keys.get(key)
    if (variants === undefined) {
      if (key === '') throw new InvalidArgumentError('a cache key must not be empty')
      variants = new Variants(key)
      this.#keys.set(key, variants)
    }
    return variants
  }

  /** Drops expired marks. Each URL that could not be stored leaves one, and they take room from useful items. */
  #sweep(nowMs: number): void {
    for (let left = MARKS_CHECKED; left > 0 && this.#markers.size > FEW_MARKS; left--) {
      const marker = this.#markers.shift()
      if (marker === undefined) return
      if (marker.liveAt(nowMs)) marker.place = this.#markers.join(marker)
      else this.erase(marker)
    }
  }

  /** Removes what the slot holds. Does not tidy the slot, which is about to be filled. */
  #clearSlot(slot: Slot): void {
    const { object, marker } = slot
    if (object !== undefined) this.#forgetObject(slot, object, 'replaced')
    if (marker !== undefined) this.#forgetMarker(slot, marker)
  }

  #forgetObject(slot: Slot, object: StoredObject, fate: Fate): void {
    slot.object = undefined
    slot.under.remove(object)
    slot.variants.objects -= 1
    this.#objects -= 1
    object.fate = fate
    this.#loans.withdraw(object)
    this.#store.remove(object)
    // The purpose so far would hold the object, and so the body would hold itself, with all that its readers have passed.
    object.body.serve(notKept)
    this.#surrogates.remove(object)
  }

  #forgetMarker(slot: Slot, marker: Marker): void {
    slot.marker = undefined
    this.#store.remove(marker)
    marker.place?.leave()
    this.#surrogates.remove(marker)
  }

  *#itemsOf(target: PurgeAim): Iterable<StoredObject | Marker> {
    if ('surrogateKey' in target) return yield* this.#surrogates.carrying(target.surrogateKey)
    for (const variants of 'all' in target ? this.#keys.values() : [this.#keys.get(target.key)]) {
      for (const { slots } of variants?.rules ?? []) {
        for (const { object, marker } of slots.values()) {
          if (object !== undefined) yield object
          if (marker !== undefined) yield marker
        }
      }
    }
  }
}
