/** What each operation on an entry needs, and what it leaves behind (semantics 4; T59-T66). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import type { Entry } from '../../lib/cache/entry.js'
import { refuses } from '../kit/refused.js'
import { bytes, fill, OK, open, outcomeOf, request } from './fixture.js'

const FRESH = { maxAgeMs: 1000 }

const OPERATIONS: readonly [string, (entry: Entry) => unknown][] = [
  ['insert', (entry) => entry.insert(OK, FRESH)],
  ['insertAndStreamBack', (entry) => entry.insertAndStreamBack(OK, FRESH)],
  ['update', (entry) => entry.update(OK, FRESH)],
  ['updateAndReturnFresh', (entry) => entry.updateAndReturnFresh(OK, FRESH)],
  ['chooseStale', (entry) => entry.chooseStale()],
  ['recordNotCacheable', (entry) => entry.recordNotCacheable(FRESH)],
  ['abandon', (entry) => entry.abandon()],
  ['outdate', (entry) => entry.outdate()],
  ['renewLease', (entry) => entry.renewLease()],
]

/** Surrogate keys that are a list of so many bytes, with a space between each two. */
function keysOf(bytes: number): string[] {
  return Array.from({ length: bytes }, (_, at) => (at % 1000 === 999 ? ' ' : 'x'))
    .join('')
    .split(' ')
}

function refused(operation: () => unknown): void {
  assert.throws(operation, (error: unknown) => error instanceof BadHandleError)
}

for (const [name, operation] of OPERATIONS) {
  test(`T60 ${name} on an entry without the obligation is refused, and nothing changes`, () => {
    const { lookup, stored, cache } = open()
    stored('x', FRESH)
    const hit = lookup()
    const before = cache.stats()
    refused(() => operation(hit))
    assert.equal(cache.stats(), before)
    assert.is(outcomeOf(hit), 'hit')
    const leader = lookup({}, { key: 'other' })
    const waiter = lookup({}, { key: 'other' })
    refused(() => operation(waiter))
    assert.is(outcomeOf(waiter), 'waiting')
    leader.abandon()
    waiter.close()
    refused(() => operation(waiter))
  })

  test(`T59 ${name} is refused once the obligation is fulfilled`, () => {
    const { lookup } = open()
    const leader = lookup()
    leader.insert(OK, FRESH)
    refused(() => operation(leader))
  })
}

test('T61 a leader that found no object can neither update nor choose stale, and keeps its obligation', () => {
  const { lookup } = open()
  const leader = lookup()
  refused(() => leader.update(OK, FRESH))
  refused(() => leader.chooseStale())
  leader.insert(OK, FRESH)
  assert.is(outcomeOf(lookup()), 'hit')
})

test('an object whose body still streams in cannot be updated, and the leader keeps its obligation', () => {
  const { clock, lookup } = open()
  const writer = lookup().insert(OK, FRESH)
  clock.advance(2000)
  const leader = lookup()
  refused(() => leader.update(OK, FRESH))
  writer.finish()
  leader.update(OK, FRESH)
  assert.is(outcomeOf(lookup()), 'hit')
})

test('T63 an update without options keeps vary, surrogate keys and sensitivity; stale windows and initial age go to 0', () => {
  const { clock, lookup } = open()
  fill(lookup(), 'x', {
    maxAgeMs: 1000,
    initialAgeMs: 5,
    staleWhileRevalidateMs: 60_000,
    staleIfErrorMs: 60_000,
    varyNames: ['a'],
    surrogateKeys: ['s'],
    sensitive: true,
  })
  clock.advance(2000)
  const fresh = lookup().updateAndReturnFresh(OK, { maxAgeMs: 3000 })
  const { object } = fresh
  assert.equal([object?.varyNames, object?.surrogateKeys, object?.sensitive], [['a'], ['s'], true])
  assert.equal([object?.maxAgeMs, object?.swrMs, object?.sieMs, object?.ageMs], [3000, 0, 0, 0])
  assert.is(object?.hits, 2, 'hits are kept, and this one counts')
})

test('T64 invalid commit options are refused, nothing is stored, and the leader keeps its obligation', () => {
  const { lookup, cache } = open()
  const leader = lookup()
  const wrong = [
    { maxAgeMs: 1, surrogateKeys: ['two words'] },
    { maxAgeMs: 1, surrogateKeys: ['x'.repeat(1025)] },
    { maxAgeMs: 1, surrogateKeys: keysOf(16 * 1024 + 1) },
    { maxAgeMs: 1, varyNames: ['not a name'] },
    { maxAgeMs: -1 },
    { maxAgeMs: 1, initialAgeMs: Number.NaN },
    { maxAgeMs: 1, staleWhileRevalidateMs: -1 },
    { maxAgeMs: 1, staleIfErrorMs: -1 },
    { maxAgeMs: 1, length: 1.5 },
    { maxAgeMs: 1, length: -1 },
  ]
  for (const options of wrong) {
    refuses(() => leader.insert(OK, options))
  }
  for (const options of [{ maxAgeMs: -1 }, { maxAgeMs: 1, varyNames: ['not a name'] }]) {
    refuses(() => leader.recordNotCacheable(options))
  }
  assert.is(cache.stats().objects, 0)
  leader.insert(OK, { ...FRESH, surrogateKeys: keysOf(16 * 1024) })
})

test('T65 an entry can be closed only once', () => {
  const { lookup, cache } = open()
  const leader = lookup()
  leader.close()
  refused(() => leader.close())
  refused(() => leader.state)
  refused(() => leader.onReady({ wake: () => {} }))
  assert.equal([cache.stats().keys, cache.stats().obligations], [0, 0])
})

test('T66 an insert does not change what its entry found, and the entry that reads it back has no hits', () => {
  const { clock, lookup, stored } = open()
  stored('old', { maxAgeMs: 1000, staleIfErrorMs: 10_000, surrogateKeys: ['old'] })
  clock.advance(2000)
  const leader = lookup()
  const { writer, entry } = leader.insertAndStreamBack(OK, { maxAgeMs: 5, surrogateKeys: ['new'], initialAgeMs: 3 })
  writer.write(bytes('new!'))
  assert.equal([leader.object?.surrogateKeys, leader.object?.maxAgeMs, leader.object?.body.bytes], [['old'], 1000, 3])
  assert.is(leader.state, 4 | 16)
  assert.equal([entry.object?.surrogateKeys, entry.object?.hits, entry.object?.ageMs, entry.state], [['new'], 0, 3, 3])
  clock.advance(10)
  assert.is(entry.object?.ageMs, 3)
})

test('reading the state of a waiting entry throws Busy', () => {
  const { lookups } = open()
  const [, waiter] = lookups(2)
  assert.throws(
    () => waiter?.state,
    (error: { code?: string }) => error.code === 'Busy',
  )
})

test('4.1-9, 4.1-10 a mark replaces the stored object, and an object replaces the mark', () => {
  const { clock, lookup, stored, cache } = open()
  stored('x', { maxAgeMs: 1000, staleIfErrorMs: 10_000 })
  clock.advance(2000)
  lookup().recordNotCacheable({ maxAgeMs: 1000 })
  assert.equal([cache.stats().objects, cache.stats().markers], [0, 1])
  fill(lookup(), 'x', FRESH)
  assert.equal([cache.stats().objects, cache.stats().markers], [1, 0])
})

test('4.1-11 the stale object stays stored after an answer was declined', () => {
  const { clock, lookup, stored } = open()
  stored('x', { maxAgeMs: 1000, staleIfErrorMs: 10_000 })
  clock.advance(2000)
  lookup().abandon({ because: 'declined' })
  assert.is(outcomeOf(lookup()), 'lead-if-error')
})

const MARKS: readonly [string, (leader: Entry) => void][] = [
  ['uncacheable', (leader) => leader.recordNotCacheable({ maxAgeMs: 60_000 })],
  ['declined', (leader) => leader.abandon({ because: 'declined' })],
]
for (const [what, mark] of MARKS) {
  test(`marks of ${what} answers count against the byte bound, so that one-off keys do not fill the memory`, () => {
    const { cache, lookup } = open(undefined, { maxBytes: 10_000, invariants: false })
    for (let at = 0; at < 1000; at++) {
      const leader = lookup({}, { key: `k${at}` })
      mark(leader)
      leader.close()
    }
    assert.ok(cache.stats().keys < 20)
  })
}

test('expired marks are dropped as new marks come, and marks that hold are kept', () => {
  const { cache, clock } = open(undefined, { invariants: false, maxBytes: 1 << 24 })
  const mark = (key: string) => {
    const leader = cache.lookup(request(), { key })
    leader.recordNotCacheable({ maxAgeMs: 1000 })
    leader.close()
  }
  const many = 3000
  for (let each = 0; each < many; each++) mark(`first ${each}`)
  assert.is(cache.stats().markers, many)
  clock.advance(1000)
  for (let each = 0; each < many; each++) mark(`second ${each}`)
  assert.is(cache.stats().markers, many)
  assert.is(cache.stats().keys, many)
  for (let each = 0; each < many; each++) assert.is(cache.purge({ key: `second ${each}` }), 1)
})

test('expired marks are dropped also behind marks that hold for long', () => {
  const { cache, clock } = open(undefined, { invariants: false, maxBytes: 1 << 26 })
  const mark = (key: string, maxAgeMs: number) => {
    const leader = cache.lookup(request(), { key })
    leader.recordNotCacheable({ maxAgeMs })
    leader.close()
  }
  const lasting = 2000
  for (let each = 0; each < lasting; each++) mark(`lasting ${each}`, 60_000)
  for (let each = 0; each < 8 * lasting; each++) {
    mark(`short ${each}`, 1)
    clock.advance(1)
  }
  assert.ok(cache.stats().markers <= 2 * lasting + 2, `${cache.stats().markers} marks`)
})

test.run()
