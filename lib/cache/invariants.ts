/** Checks what must hold between any two operations (semantics 2.9). Walks all records, so only for development and specs. */

import { must } from '../base/self-check.js'
import type { Catalogue } from './catalogue.js'
import type { Collapse } from './collapse.js'
import type { Slot } from './variants.js'

/** Throws an `Error` that names the broken rule. */
export function assertInvariants(catalogue: Catalogue, collapse: Collapse): void {
  const counted = { keys: 0, objects: 0, markers: 0, leaders: 0, waiting: 0 }
  for (const variants of catalogue.keys) {
    counted.keys += 1
    must(variants.rules.length > 0, 'a key without rules is forgotten')
    for (const under of variants.rules) {
      must(under.slots.size > 0, 'a rule without slots is forgotten')
      for (const slot of under.slots.values()) {
        checkSlot(slot, collapse)
        counted.objects += slot.object === undefined ? 0 : 1
        counted.markers += slot.marker === undefined ? 0 : 1
        counted.leaders += slot.leader === undefined ? 0 : 1
        counted.waiting += slot.waiters.size
      }
    }
  }
  const { keys, objects, markers } = catalogue.counts
  must(
    keys === counted.keys && objects === counted.objects && markers === counted.markers,
    'everything is counted once',
  )
  must(counted.waiting === collapse.waiters.size, 'every waiting entry is in exactly one queue')
  checkObligations(collapse, counted.leaders)
}

function checkSlot(slot: Slot, { waiters }: Collapse): void {
  must(!slot.isVacant, 'a slot with nothing in it is forgotten')
  must(slot.waiters.size === 0 || slot.leader !== undefined, 'no entry waits without a leader')
  must(slot.object === undefined || slot.variants.slotOf(slot.object) === slot, 'an object is in the slot of its name')
  must(slot.object === undefined || slot.object.fate === 'filed', 'an object in a slot is filed')
  must(slot.object === undefined || slot.object.body.phase !== 'failed', 'no lookup finds a broken body')
  must(slot.object === undefined || slot.marker?.mode !== 'pass', 'a hit-for-pass mark replaces the object')
  must(slot.marker === undefined || slot.marker.variant === slot.variant, 'a mark is in the slot of its name')
  for (const entry of slot.waiters) {
    must(entry.phase === 'waiting' && waiters.slotOf(entry) === slot, 'an entry in a queue waits')
    must(entry.leads === undefined, 'a waiter has no obligation')
  }
}

function checkObligations(collapse: Collapse, leaders: number): void {
  let exclusive = 0
  for (const obligation of collapse.leaders) {
    must(obligation.holder.leads === obligation.exclusivity, 'an entry with an obligation leads')
    must(obligation.holder.phase === 'ready', 'only a ready entry holds an obligation')
    if (obligation.exclusivity === 'together') continue
    exclusive += 1
    must(obligation.slot.leader === obligation, 'at most one exclusive obligation per slot')
  }
  must(exclusive === leaders, 'a slot is led by a living obligation')
}
