/** Purges, and their races with fetches (semantics 12; T101-T107). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import { cacheKeyHex } from '../../lib/http/key.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { refuses } from '../kit/refused.js'
import { TestClock } from '../kit/test-clock.js'
import { all, bytes, drain, fill, OK, open, said } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]
const KEYED = { maxAgeMs: 10_000, surrogateKeys: ['s', 't'] }
const SWR = { ...KEYED, staleWhileRevalidateMs: 30_000 }
const S = { surrogateKey: 's' }
const softly = { soft: true }

/** No two looks at it show the same time. */
class RestlessClock extends TestClock {
  #looks = 0

  override now(): number {
    this.#looks += 1
    return super.now() + this.#looks / 1000
  }
}

for (const [name, policy] of BOTH) {
  test(`${name}: T101 a soft purge starts revalidation: one leads, the others get stale`, () => {
    const { cache, lookups, stored } = open(policy)
    stored('x', SWR)
    assert.is(cache.purge(S, softly), 1)
    assert.is(all(lookups(3)), 'stale-lead stale stale')
  })

  test(`${name}: T102 windows count from the first soft purge, and the lifetime is still reported whole`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', { ...SWR, staleWhileRevalidateMs: 8000 })
    cache.purge(S, softly)
    clock.advance(5000)
    cache.purge(S, softly)
    clock.advance(3000)
    const last = lookup()
    assert.is(said(last), 'stale-lead')
    assert.is(last.object?.maxAgeMs, 10_000)
    last.close()
    clock.advance(1)
    assert.is(said(lookup()), 'lead')
  })

  test(`${name}: T103 a validation makes a softly purged object fresh again`, () => {
    const { cache, lookup, stored } = open(policy)
    stored('x', KEYED)
    cache.purge(S, softly)
    const leader = lookup()
    assert.is(said(leader), 'lead')
    leader.update(OK, KEYED)
    assert.is(said(lookup()), 'hit')
  })

  test(`${name}: T105 a hard purge lets attached readers finish, and the next lookup leads`, () => {
    const { cache, lookup } = open(policy)
    const writer = lookup().insert(OK, KEYED)
    writer.write(bytes('a'))
    const reader = lookup().object!.body.reader()
    assert.is(cache.purge(S), 1)
    assert.is(said(lookup()), 'lead')
    writer.write(bytes('b'))
    writer.finish()
    assert.equal(drain(reader), { text: 'ab', end: 'clean' })
  })

  test(`${name}: T106 what was purged while it was validated does not come back, and the slot is free`, () => {
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
    assert.is(said(lookup()), 'lead')
  })

  test(`${name}: T106 nor where it had been evicted before the purge, which could not find it`, () => {
    const { cache, clock, lookup, store, stored } = open(policy)
    const evict = () => store.add({ headBytes: (1 << 20) - 1, body: undefined })
    stored('x', SWR)
    clock.advance(15_000)
    const leader = lookup()
    evict()
    assert.is(cache.purge(S), 0)
    assert.throws(
      () => leader.update(OK, SWR),
      (error: unknown) => error instanceof BadHandleError,
    )
    assert.is(said(lookup()), 'lead')
  })

  test(`${name}: what was evicted while it was validated comes back where nothing has purged it`, () => {
    const { cache, clock, lookup, store, stored } = open(policy)
    stored('x', SWR)
    clock.advance(15_000)
    const leader = lookup()
    cache.purge(S, softly)
    cache.purge({ surrogateKey: 'other' })
    store.add({ headBytes: (1 << 20) - 1, body: undefined })
    leader.update(OK, SWR)
    assert.is(said(lookup()), 'hit')
  })

  test(`${name}: T106 a foreground leader alone gets the validated answer of what was purged`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', KEYED)
    clock.advance(15_000)
    const [leader, waiter] = [lookup(), lookup()]
    cache.purge(S)
    const fresh = leader.updateAndReturnFresh(OK, KEYED)
    assert.is(said(fresh), 'hit')
    assert.is(drain(fresh.object!.body.reader()).text, 'x')
    assert.is(said(waiter), 'lead')
    assert.is(waiter.object, undefined)
    assert.is(cache.stats().objects, 0)
  })

  test(`${name}: a leader whose stale object was purged may still fall back to it, those who wait may not`, () => {
    const { cache, clock, lookup, stored } = open(policy)
    stored('x', { ...KEYED, staleIfErrorMs: 30_000 })
    clock.advance(15_000)
    const [leader, second, third] = [lookup(), lookup(), lookup()]
    cache.purge(S)
    leader.chooseStale()
    assert.is(all([leader, second, third]), 'stale-if-error lead waiting')
  })

  test(`${name}: T107 a purge of everything drops marks too, and everything cannot be purged softly`, () => {
    const { cache, lookup } = open(policy)
    lookup().recordNotCacheable({ maxAgeMs: 60_000 })
    lookup({}, { key: 'other' }).insert(OK, KEYED).finish()
    refuses(() => cache.purge({ all: true }, softly))
    assert.is(cache.purge({ all: true }), 2)
    assert.is(said(lookup()), 'lead')
    assert.is(cache.stats().markers, 0)
  })

  test(`${name}: 12-7 a purge of one key takes its marks and all its variants, and nothing else`, () => {
    const { cache, lookup } = open(policy)
    const byA = { ...KEYED, varyNames: ['a'] }
    for (const a of ['1', '2']) lookup({ a }).insert(OK, byA).finish()
    lookup({ a: '3' }).recordNotCacheable({ maxAgeMs: 1000, varyNames: ['a'] })
    lookup({}, { key: 'other' }).insert(OK, KEYED).finish()
    assert.is(cache.purge({ key: 'k' }), 3)
    assert.is(cache.purge({ key: 'k' }), 0)
    assert.is(said(lookup({}, { key: 'other' })), 'hit')
  })

  test(`${name}: 12-7 a mark goes with the surrogate key of its cache key, and only once`, () => {
    const { cache, lookup, stored } = open(policy)
    lookup().recordNotCacheable({ maxAgeMs: 1000 })
    lookup({}, { key: 'other' }).recordNotCacheable({ maxAgeMs: 1000 })
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 1)
    assert.is(cache.stats().markers, 1)
    stored('x', { ...KEYED, surrogateKeys: [cacheKeyHex('k')] })
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 1)
    assert.is(cache.purge({ surrogateKey: cacheKeyHex('k') }), 0)
    assert.is(said(lookup()), 'lead')
  })

  test(`${name}: 12-8, 12-9 a purge wakes nobody and takes no obligation`, () => {
    const { cache, clock, lookup, lookups, stored } = open(policy)
    stored('x', KEYED)
    clock.advance(15_000)
    const [leader, waiter] = lookups(2)
    assert.is(cache.purge({ key: 'k' }), 1)
    assert.is(said(waiter!), 'waiting')
    fill(leader!, 'new', { ...KEYED, surrogateKeys: [] })
    assert.is(said(waiter!), 'hit')
    assert.is(cache.purge({ surrogateKey: 't' }), 0)
    assert.is(said(lookup()), policy.purgeGeneration ? 'lead' : 'hit')
  })
}

test('rfc9111: T104 what was fetched before a hard purge serves leader and waiters, and is stored stale', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    const [leader, waiter] = lookups(2)
    cache.purge(target)
    const { writer, entry } = leader!.insertAndStreamBack(OK, KEYED)
    writer.finish()
    assert.is(all([entry, waiter!]), 'hit hit')
    const next = lookup()
    assert.is(said(next), 'lead')
    fill(next, 'y', KEYED)
    assert.is(said(lookup()), 'hit')
  }
})

test('rfc9111: T104 who asks after a hard purge is not given what was fetched before it, though it waited', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    cache.purge(target)
    const [leader, early] = lookups(2)
    cache.purge(target)
    const [late, later] = lookups(2)
    cache.purge(target)
    fill(leader!, 'old', KEYED)
    assert.is(all([early!, late!, later!]), 'hit lead waiting')
    fill(late!, 'new', KEYED)
    assert.is(all([later!, lookup()]), 'hit hit')
  }
})

test('rfc9111: T104 nor where the clock moves on while that is stored', () => {
  const { cache, lookups } = open(rfc9111, { clock: new RestlessClock() })
  const [leader] = lookups(1)
  cache.purge(S)
  const [late] = lookups(1)
  fill(leader!, 'old', KEYED)
  assert.is(said(late!), 'lead')
})

test('rfc9111: T104 a purge of something else, or before the fetch began, or a soft one, does not make it stale', () => {
  const { cache, lookup } = open(rfc9111)
  const early = lookup({}, { key: 'early' })
  cache.purge(S)
  const leader = lookup()
  cache.purge({ surrogateKey: 'other' })
  cache.purge(S, softly)
  fill(leader, 'x', KEYED)
  early.close()
  assert.is(said(lookup()), 'hit')
})

test('rfc9111: T104 a purge after the lookup, but before the fetch was sent, does not make it stale', () => {
  for (const target of [S, { key: 'k' }, { all: true }] as const) {
    const { cache, lookup, lookups } = open(rfc9111)
    const [leader, early] = lookups(2)
    cache.purge(target)
    const late = lookup()
    leader!.fetchIsSent()
    fill(leader!, 'x', KEYED)
    assert.is(all([early!, late, lookup()]), 'hit hit hit')
  }
})

test('rfc9111: T104 a purge after the fetch was sent makes it stale, whatever was purged before', () => {
  const { cache, lookup } = open(rfc9111)
  const leader = lookup()
  cache.purge(S)
  leader.fetchIsSent()
  cache.purge(S)
  fill(leader, 'x', KEYED)
  assert.is(said(lookup()), 'lead')
  assert.throws(
    () => leader.fetchIsSent(),
    (error: unknown) => error instanceof BadHandleError,
  )
})

test('fastly: T104 what was fetched before a hard purge overtakes it', () => {
  const { cache, lookup } = open(fastly)
  const leader = lookup()
  cache.purge(S)
  fill(leader, 'x', KEYED)
  assert.is(said(lookup()), 'hit')
})

test('a surrogate key that cannot be one is refused', () => {
  const { cache } = open()
  for (const surrogateKey of ['', 'a b', 'é', 'x'.repeat(1025)]) {
    refuses(() => cache.purge({ surrogateKey }))
  }
})

test.run()
