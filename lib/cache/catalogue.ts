/** What is stored under which key and variant, kept in step with the store, and found again by surrogate key. */

import { InvalidArgumentError } from '../base/errors.js'
import { Queue } from '../base/queue.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import type { EvictListener, Kept, Store } from '../store/store.js'
import type { Loans } from './loans.js'
import { Marker } from './marker.js'
import { type Fate, StoredObject } from './object.js'
import type { PurgeAim } from './purge-log.js'
import type { Slot } from './slot.js'
import { SurrogateIndex } from './surrogate-index.js'
import { Variants } from './variants.js'

/** How many `Vary` rules one key has at most. An origin that names other fields with every answer would have no end of them. */
const MOST_RULES = 32

/** So many marks cost little, over or not. Beyond that, for each that comes two others are looked at: what is over does not add up. */
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
  /** Those that were looked at longest ago are first. */
  #markers = new Queue<Marker>()

  constructor({ store, policy, loans }: CatalogueParts, onEvict: EvictListener) {
    this.#store = store
    this.#policy = policy
    this.#loans = loans
    store.onEvict((item, reason) => {
      if (item instanceof StoredObject) this.unfile(item, reason === 'failed' ? 'purged' : 'evicted')
      if (item instanceof Marker) this.erase(item)
      onEvict(item, reason)
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

  /** The slot a new obligation for `request` is filed in. */
  openFor(key: string, request: RequestHead): Slot {
    return this.#open(key).openFor(request, this.#policy)
  }

  /** Puts an object in the place its rule and variant give it; what was there is replaced. The store is not asked yet. */
  file(object: StoredObject): Slot {
    const { key, rule, variant } = object.fields
    const slot = this.#open(key).open(rule, variant)
    this.#recordArrival(slot)
    this.#clearSlot(slot)
    slot.variants.promote(slot.under)
    slot.object = object
    slot.under.add(object)
    slot.variants.objects += 1
    object.slot = slot
    object.fate = 'filed'
    this.#objects += 1
    this.#surrogates.add(object)
    this.#dropOldRules(slot.variants)
    return slot
  }

  /** Leaves a mark; `over` says whether it takes the place of a stored object (Q36) or stands beside it (semantics 4.1-11). */
  mark(marker: Marker, over: 'replace' | 'beside'): Slot {
    const slot = this.#open(marker.key).open(marker.rule, marker.variant)
    this.#recordArrival(slot)
    if (over === 'replace') {
      this.#clearSlot(slot)
      slot.variants.promote(slot.under)
    } else if (slot.marker !== undefined) this.#forgetMarker(slot.marker)
    slot.marker = marker
    marker.slot = slot
    this.#sweep(marker.span.markedAtMs)
    marker.place = this.#markers.join(marker)
    this.#surrogates.add(marker)
    return slot
  }

  /** Counts a filed item against the bound; may evict it at once. */
  keep(item: Kept): void {
    this.#store.add(item)
  }

  touch(object: StoredObject): void {
    this.#store.touch(object)
  }

  /** Takes an object out of its slot and out of the store. Harmless for one that is out of them. */
  unfile(object: StoredObject, fate: Fate): void {
    const { slot } = object
    if (slot === undefined) return
    slot.object = undefined
    this.#forgetObject(object, fate)
    this.tidy(slot)
  }

  /** The same for a mark. */
  erase(marker: Marker): void {
    const { slot } = marker
    if (slot === undefined) return
    slot.marker = undefined
    this.#forgetMarker(marker)
    this.tidy(slot)
  }

  tidy(slot: Slot): void {
    slot.variants.tidy(slot)
    if (slot.variants.rules.length === 0 && this.#keys.get(slot.variants.key) === slot.variants) {
      this.#keys.delete(slot.variants.key)
    }
  }

  /** Forgets everything, and ends every loan: the store holds nothing any more. */
  clear(): void {
    for (const key of this.#keys.keys()) this.#loans.withdrawAll(key)
    this.#keys = new Map()
    this.#surrogates = new SurrogateIndex()
    this.#objects = 0
    this.#markers = new Queue()
  }

  /**
   * What a purge is aimed at. A mark goes with its key, with the surrogate key of that, and with everything (semantics
   * 12-6, 12-7).
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

  /** Ends the freshness of an object, also for those who answer with it by themselves. */
  outdate(object: StoredObject, nowMs: number): void {
    this.#loans.withdraw(object)
    object.purgeSoftly(nowMs)
  }

  /** What comes to a key may answer in place of what is there, whatever the variant (semantics 3.6-4). */
  #recordArrival({ variants }: Slot): void {
    variants.arrivals += 1
    this.#loans.withdrawAll(variants.key)
  }

  /** What is stored under a rule that has answered nothing for long makes room: every lookup goes through all rules of its key. */
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

  /** A mark that is over takes the room of what is of use, and there is one for each URL that could not be stored. */
  #sweep(nowMs: number): void {
    for (let left = MARKS_CHECKED; left > 0 && this.#markers.size > FEW_MARKS; left--) {
      const marker = this.#markers.shift()
      if (marker === undefined) return
      if (marker.liveAt(nowMs)) marker.place = this.#markers.join(marker)
      else this.erase(marker)
    }
  }

  /** Does not tidy: something else is about to take the place. */
  #clearSlot(slot: Slot): void {
    const { object, marker } = slot
    slot.object = undefined
    slot.marker = undefined
    if (object !== undefined) this.#forgetObject(object, 'replaced')
    if (marker !== undefined) this.#forgetMarker(marker)
  }

  #forgetObject(object: StoredObject, fate: Fate): void {
    this.#loans.withdraw(object)
    this.#store.remove(object)
    this.#objects -= 1
    if (object.slot !== undefined) {
      object.slot.under.remove(object)
      object.slot.variants.objects -= 1
    }
    object.fate = fate
    object.slot = undefined
    this.#surrogates.remove(object)
  }

  #forgetMarker(marker: Marker): void {
    this.#store.remove(marker)
    marker.place?.leave()
    this.#surrogates.remove(marker)
    marker.slot = undefined
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
