/** Purges, and their races with fetches (semantics 12; T101-T107). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import type { Entry } from '../../lib/cache/entry.js'
import { cacheKeyHex } from '../../lib/http/key.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { refuses } from '../kit/refused.js'
import { TestClock } from '../kit/test-clock.js'
import { bytes, drain, fill, OK, open, outcomeOf, outcomesOf, request } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]
const KEYED = { maxAgeMs: 10_000, surrogateKeys: ['s', 't'] }
const SWR = { ...KEYED, staleWhileRevalidateMs: 30_000 }
const S = { surrogateKey: 's' }
const softly = { soft: true }

/** Each call of `now` gives a later time. */
class RestlessClock extends TestClock {
  #looks = 0

  override now(): number {
    this.#looks += 1
    return super.now() + this.#looks / 1000
  }
}

for (const [name, policy] of BOTH) {
  test(`${name}: T101 after a soft purge one lookup leads the revalidation, and the others get the stale object`, () => {
    const { cache, lookups, stored } = open(policy)
    stored('x', SWR)
    assert.is(cache.purge(S, softly), 1)
    assert.is(outcomesOf(lookups(3)), 'stale-lead stale stale')
  })

  test(`${name}: T102 stale windows count from the first soft purge, and maxAgeMs still reports the whole lifetime`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', { ...SWR, staleWhileRevalidateMs: 8000 })
    cache.purge(S, softly)
    clock.advance(5000)
    cache.purge(S, softly)
    clock.advance(3000)
    const last = lookup()
    assert.is(outcomeOf(last), 'stale-lead')
    assert.is(last.object?.maxAgeMs, 10_000)
    last.close()
    clock.advance(1)
    assert.is(outcomeOf(lookup()), 'lead')
  })

  test(`${name}: T103 a validation makes a softly purged object fresh again`, () => {
    const { cache, lookup, stored } = open(policy)
    stored('x', KEYED)
    cache.purge(S, softly)
    const leader = lookup()
    assert.is(outcomeOf(leader), 'lead')
    leader.update(OK, KEYED)
    assert.is(outcomeOf(lookup()), 'hit')
  })

  test(`${name}: T105 after a hard purge the next lookup leads, and readers of the purged body still finish`, () => {
    const { cache, lookup } = open(policy)
    const writer = lookup().insert(OK, KEYED)
    writer.write(bytes('a'))
    const reader = lookup().object!.body.reader()
    assert.is(cache.purge(S), 1)
    assert.is(outcomeOf(lookup()), 'lead')
    writer.write(bytes('b'))
    writer.finish()
    assert.equal(drain(reader), { text: 'ab', end: 'clean' })
  })

  test(`${name}: T106 an update of an object that was hard-purged meanwhile is refused, and the obligation ends`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', SWR)
    clock.advance(15_000)
    const leader = lookup()
    cache.purge(S)
    assert.throws(
      () => leader.update(OK, SWR),
      (error: unknown) => error instanceof BadHandleError,
    )
    assert.equal([cache.stats().objects, cache.stats().obligations], [0, 0])
    assert.is(outcomeOf(lookup()), 'lead')
  })

  for (const when of ['before', 'after'])
    test(`${name}: T106 an update is refused also where its object was evicted, then purged, ${when} the send`, () => {
      const { cache, clock, lookup, store, stored } = open(policy)
      const evict = () => store.add({ headBytes: (1 << 20) - 1, body: undefined })
      stored('x', SWR)
      clock.advance(15_000)
      const leader = lookup()
      if (when === 'after') leader.fetchIsSent()
      evict()
      assert.is(cache.purge(S), 0)
      if (when === 'before') leader.fetchIsSent()
      assert.throws(
        () => leader.update(OK, SWR),
        (error: unknown) => error instanceof BadHandleError,
      )
      assert.is(outcomeOf(lookup()), 'lead')
    })

  test(`${name}: an update brings an object back that was evicted meanwhile, if no hard purge has hit it`, () => {
    const { cache, clock, lookup, store, stored } = open(policy)
    stored('x', SWR)
    clock.advance(15_000)
    const leader = lookup()
    cache.purge(S, softly)
    cache.purge({ surrogateKey: 'other' })
    store.add({ headBytes: (1 << 20) - 1, body: undefined })
    leader.update(OK, SWR)
    assert.is(outcomeOf(lookup()), 'hit')
  })

  test(`${name}: T106 the validated answer of an object that was purged meanwhile serves its leader, not its waiters`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', KEYED)
    clock.advance(15_000)
    const [leader, waiter] = [lookup(), lookup()]
    cache.purge(S)
    const fresh = leader.updateAndReturnFresh(OK, KEYED)
    assert.is(outcomeOf(fresh), 'hit')
    assert.is(drain(fresh.object!.body.reader()).text, 'x')
    assert.is(outcomeOf(waiter), 'lead')
    assert.is(waiter.object, undefined)
    assert.is(cache.stats().objects, 0)
  })

  test(`${name}: a leader may fall back to a stale object that was purged meanwhile, its waiters may not`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', { ...KEYED, staleIfErrorMs: 30_000 })
    clock.advance(15_000)
    const [leader, second, third] = [lookup(), lookup(), lookup()]
    cache.purge(S)
    leader.chooseStale()
    assert.is(outcomesOf([leader, second, third]), 'stale-if-error lead waiting')
  })

  test(`${name}: a stale object that was evicted before the hard purge does not reach later waiters either`, () => {
    const { cache, clock, lookup, store, stored } = open(policy)
    stored('x', { ...KEYED, staleIfErrorMs: 30_000 })
    clock.advance(15_000)
    const leader = lookup()
    store.add({ headBytes: (1 << 20) - 1, body: undefined })
    assert.is(cache.purge(S), 0)
    const later = lookup()
    leader.chooseStale()
    assert.is(outcomesOf([leader, later]), 'stale-if-error lead')
  })

  test(`${name}: T107 a purge of everything drops marks too, and a soft purge of everything is refused`, () => {
    const { cache, lookup } = open(policy)
    lookup().recordNotCacheable({ maxAgeMs: 60_000 })
    lookup({}, { key: 'other' }).insert(OK, KEYED).finish()
    refuses(() => cache.purge({ all: true }, softly))
    assert.is(cache.purge({ all: true }), 2)
    assert.is(outcomeOf(lookup()), 'lead')
    assert.is(cache.stats().markers, 0)
  })

  test(`${name}: 12-7 a purge of one key drops all its variants and marks, and nothing under other keys`, () => {
    const { cache, lookup } = open(policy)
    const byA = { ...KEYED, varyNames: ['a'] }
    for (const a of ['1', '2']) lookup({ a }).insert(OK, byA).finish()
    lookup({ a: '3' }).recordNotCacheable({ maxAgeMs: 1000, varyNames: ['a'] })
    lookup({}, { key: 'other' }).insert(OK, KEYED).finish()
    assert.is(cache.purge({ key: 'k' }), 3)
    assert.is(cache.purge({ key: 'k' }), 0)
    assert.is(outcomeOf(lookup({}, { key: 'other' })), 'hit')
  })

  test(`${name}: 12-7 a purge by the surrogate key that a cache key has by itself drops its mark, and counts it once`, () => {
    const { cache, lookup, stored } = open(policy)
    lookup().recordNotCacheable({ maxAgeMs: 1000 })
    lookup({}, { key: 'other' }).recordNotCacheable({ maxAgeMs: 1000 })
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 1)
    assert.is(cache.stats().markers, 1)
    stored('x', { ...KEYED, surrogateKeys: [cacheKeyHex('k')] })
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 1)
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 0)
    assert.is(outcomeOf(lookup()), 'lead')
  })

  test(`${name}: 12-8, 12-9 a purge wakes no waiter and takes no obligation`, () => {
    const { cache, clock, lookup, lookups, stored } = open(policy)
    stored('x', KEYED)
    clock.advance(15_000)
    const [leader, waiter] = lookups(2)
    assert.is(cache.purge({ key: 'k' }), 1)
    assert.is(outcomeOf(waiter!), 'waiting')
    fill(leader!, 'new', { ...KEYED, surrogateKeys: [] })
    assert.is(outcomeOf(waiter!), 'hit')
    assert.is(cache.purge({ surrogateKey: 't' }), 0)
    assert.is(outcomeOf(lookup()), policy.purgeGeneration ? 'lead' : 'hit')
  })
}

test('rfc9111: T104 an answer fetched before a hard purge serves leader and waiters, and is stale for later lookups', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    const [leader, waiter] = lookups(2)
    cache.purge(target)
    const { writer, entry } = leader!.insertAndStreamBack(OK, KEYED)
    writer.finish()
    assert.is(outcomesOf([entry, waiter!]), 'hit hit')
    const next = lookup()
    assert.is(outcomeOf(next), 'lead')
    fill(next, 'y', KEYED)
    assert.is(outcomeOf(lookup()), 'hit')
  }
})

test('rfc9111: T104 a lookup begun after a hard purge is not answered by an earlier fetch, though it waited for it', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    cache.purge(target)
    const [leader, early] = lookups(2)
    cache.purge(target)
    const [late, later] = lookups(2)
    cache.purge(target)
    fill(leader!, 'old', KEYED)
    assert.is(outcomesOf([early!, late!, later!]), 'hit lead waiting')
    fill(late!, 'new', KEYED)
    assert.is(outcomesOf([later!, lookup()]), 'hit hit')
  }
})

test('rfc9111: T104 no lookup begun after a hard purge gets an earlier answer, even if the clock moves while that is stored', () => {
  const { cache, lookups } = open(rfc9111, { clock: new RestlessClock() })
  const [leader] = lookups(1)
  cache.purge(S)
  const [late] = lookups(1)
  fill(leader!, 'old', KEYED)
  assert.is(outcomeOf(late!), 'lead')
})

test('rfc9111: T104 a soft purge, a purge of other objects, and a purge before the fetch do not make an answer stale', () => {
  const { cache, lookup } = open(rfc9111)
  const early = lookup({}, { key: 'early' })
  cache.purge(S)
  const leader = lookup()
  cache.purge({ surrogateKey: 'other' })
  cache.purge(S, softly)
  fill(leader, 'x', KEYED)
  early.close()
  assert.is(outcomeOf(lookup()), 'hit')
})

test('rfc9111: T104 a purge after the lookup, but before its fetch is sent, does not make the answer stale', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    const [leader, early] = lookups(2)
    cache.purge(target)
    const late = lookup()
    leader!.fetchIsSent()
    fill(leader!, 'x', KEYED)
    assert.is(outcomesOf([early!, late, lookup()]), 'hit hit hit')
  }
})

test('rfc9111: T104 a purge after the fetch was sent makes the answer stale, whatever was purged before', () => {
  const { cache, lookup } = open(rfc9111)
  const leader = lookup()
  cache.purge(S)
  leader.fetchIsSent()
  cache.purge(S)
  fill(leader, 'x', KEYED)
  assert.is(outcomeOf(lookup()), 'lead')
  assert.throws(
    () => leader.fetchIsSent(),
    (error: unknown) => error instanceof BadHandleError,
  )
})

test('fastly: T104 an answer fetched before a hard purge is stored fresh', () => {
  const { cache, lookup } = open(fastly)
  const leader = lookup()
  cache.purge(S)
  fill(leader, 'x', KEYED)
  assert.is(outcomeOf(lookup()), 'hit')
})

test('a purge by an invalid surrogate key is refused', () => {
  const { cache } = open()
  for (const surrogateKey of ['', 'a b', 'é', 'x'.repeat(1025)]) {
    refuses(() => cache.purge({ surrogateKey }))
  }
})

for (const [what, mark] of [
  ['uncacheable', (leader) => leader.recordNotCacheable({ maxAgeMs: 60_000 })],
  ['declined', (leader) => leader.abandon({ because: 'declined' })],
] as const satisfies readonly (readonly [string, (leader: Entry) => void])[])
  for (const markerMode of ['miss', 'pass'] as const)
    test(`an answer fetched before a hard purge and ${what} releases its waiters, and leaves no mark: ${markerMode}`, () => {
      for (const target of [{ surrogateKey: cacheKeyHex('k') }, { key: 'k' }, { all: true }] as const) {
        const { cache, lookups } = open({ ...rfc9111, markerMode })
        const [leader, ...waiters] = lookups(3)
        cache.purge(target)
        mark(leader!)
        const released = markerMode === 'pass' && what === 'uncacheable' ? 'pass pass' : 'lead lead'
        assert.is(outcomesOf(waiters), released)
        assert.is(cache.stats().markers, 0)
        for (const each of waiters) each.close()
        assert.is(outcomesOf(lookups(2)), 'lead waiting')
      }
    })

test('an answer that a hard purge has overtaken does not replace what was stored after the purge, and is given to its own request', () => {
  const { cache, lookup } = open()
  const early = cache.beginSend()
  cache.purge({ key: 'k' })
  fill(lookup(), 'new', KEYED)
  const claimed = cache.claim(request(), 'k', early)
  const { writer, entry } = claimed!.insertAndStreamBack(OK, KEYED)
  writer.write(bytes('old'))
  writer.finish()
  assert.is(drain(entry.object!.body.reader()).text, 'old')
  claimed!.close()
  early.end()
  const hit = lookup()
  assert.is(outcomeOf(hit), 'hit')
  assert.is(drain(hit.object!.body.reader()).text, 'new')
  assert.is(cache.stats().obligations, 0)
})

test('an overtaken answer replaces one that the purge has overtaken as well', () => {
  const { cache, lookup } = open()
  const leader = lookup()
  const early = cache.beginSend()
  cache.purge({ key: 'k' })
  fill(leader, 'first', KEYED)
  fill(cache.claim(request(), 'k', early)!, 'second', KEYED)
  assert.is(drain(lookup().object!.body.reader()).text, 'second')
})

test('an overtaken answer replaces one from before the purge, which had not the surrogate key that was purged', () => {
  const { cache, lookup } = open()
  fill(lookup(), 'first', { maxAgeMs: 0 })
  const leader = lookup()
  cache.purge({ surrogateKey: 's' })
  fill(leader, 'second', { ...KEYED, surrogateKeys: ['s'] })
  assert.is(drain(lookup().object!.body.reader()).text, 'second')
})

for (const [what, says] of [
  ['freshens', (entry) => entry.update(OK, { maxAgeMs: 1 })],
  ['outdates', (entry) => entry.outdate()],
] as const satisfies readonly (readonly [string, (entry: Entry) => void])[])
  test(`an answer that a hard purge has overtaken neither freshens nor outdates what was stored after the purge: ${what}`, () => {
    const { cache, clock, lookup } = open()
    const early = cache.beginSend()
    cache.purge({ key: 'k' })
    fill(lookup(), 'new', KEYED)
    const claimed = cache.claim(request(), 'k', early)
    says(claimed!)
    claimed!.close()
    clock.advance(100)
    assert.is(outcomeOf(lookup()), 'hit')
  })

test('an overtaken answer that lands in the slot of another variant does not replace what was stored there after the purge', () => {
  const { cache, lookup } = open()
  const byA = { ...KEYED, varyNames: ['a'] }
  const first = lookup({ a: '1' })
  cache.purge({ key: 'k' })
  fill(lookup({ a: '1' }, { madeBy: first }), 'new', byA)
  fill(first, 'old', byA)
  const hit = lookup({ a: '1' })
  assert.is(outcomeOf(hit), 'hit')
  assert.is(drain(hit.object!.body.reader()).text, 'new')
})

test.run()
