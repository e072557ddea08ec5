/** Which lookup leads, which lookups wait, and how waiters are released (semantics 3.5; T07-T29). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError, TimeoutError } from '../../lib/base/errors.js'
import type { Judge } from '../../lib/cache/lookup-query.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { bytes, drain, fill, OK, open, outcomeOf, outcomesOf } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]

const failed = { because: 'failed', error: new RangeError('origin down') } as const

for (const [name, policy] of BOTH) {
  test(`${name}: T07 when a leader closes without an answer, exactly one waiter is promoted, the first`, () => {
    const { lookups, cache } = open(policy)
    const [leader, ...waiters] = lookups(4)
    leader?.close()
    assert.is(outcomesOf(waiters), 'lead waiting waiting')
    assert.is(cache.stats().obligations, 1)
    assert.is(cache.stats().promoted, 1)
  })

  test(`${name}: T08 a waiter that has left is passed over, and the next waiter is promoted`, () => {
    const { lookups } = open(policy)
    const [leader, second, third] = lookups(3)
    second?.close()
    leader?.abandon()
    assert.is(outcomeOf(third!), 'lead')
  })

  test(`${name}: T09 a promoted waiter that leaves at once passes the obligation on to the next waiter`, () => {
    const { lookups } = open(policy)
    const [leader, second, third] = lookups(3)
    leader?.close()
    second?.close()
    assert.is(outcomeOf(third!), 'lead')
  })

  test(`${name}: T13 one insert answers nine waiters: all ten bodies are equal, and each waiter counts one hit`, () => {
    const { lookups } = open(policy)
    const [leader, ...waiters] = lookups(10)
    const { writer, entry } = leader!.insertAndStreamBack(OK, { maxAgeMs: 60_000 })
    writer.write(bytes('hello'))
    writer.finish()
    assert.is(entry.object?.hits, 0)
    assert.equal(
      waiters.map((waiter) => waiter.object?.hits),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    for (const reading of [entry, ...waiters]) {
      assert.is(reading.state, 3)
      assert.equal(drain(reading.object!.body.reader()), { text: 'hello', end: 'clean' })
    }
    assert.ok(waiters.every((waiter) => waiter.collapsed))
  })

  test(`${name}: T14 waiters get the head as soon as it is inserted, before the body ends`, () => {
    const { lookups } = open(policy)
    const [leader, waiter] = lookups(2)
    const writer = leader!.insert(OK, { maxAgeMs: 1000 })
    assert.is(outcomeOf(waiter!), 'hit')
    const reader = waiter!.object!.body.reader()
    writer.write(bytes('a'))
    assert.equal(drain(reader), { text: 'a', end: 'open' })
  })

  test(`${name}: T20 waiters share an answer of freshness 0 that has a stale window; a later lookup leads`, () => {
    const { lookup, lookups } = open(policy)
    const [leader, ...waiters] = lookups(3)
    fill(leader!, 'x', { maxAgeMs: 0, staleIfErrorMs: 60_000 })
    assert.is(outcomesOf(waiters), 'hit hit')
    assert.is(outcomeOf(lookup()), 'lead-if-error')
  })

  test(`${name}: T21 after a leader has abandoned without waiters, the next lookup leads`, () => {
    const { lookup } = open(policy)
    lookup().abandon()
    assert.is(outcomeOf(lookup()), 'lead')
  })

  test(`${name}: T23 a lookup that has waited too long fails alone, and its leader still stores`, () => {
    const { clock, lookup, cache } = open(policy)
    const leader = lookup()
    const waiter = lookup({}, { waitTimeoutMs: 50 })
    const patient = lookup({}, { waitTimeoutMs: 5000 })
    clock.advance(49)
    assert.is(outcomeOf(waiter), 'waiting')
    clock.advance(1)
    assert.throws(
      () => waiter.state,
      (error: unknown) => error instanceof TimeoutError && error.timeoutMs === 50,
    )
    fill(leader, 'x', { maxAgeMs: 1000 })
    assert.is(outcomeOf(patient), 'hit')
    assert.is(outcomeOf(lookup()), 'hit')
    assert.is(clock.pending(), 0)
    assert.is(cache.stats().failed, 1)
  })

  test(`${name}: a wake listener may close, look up and purge, and each remaining waiter is still woken once`, () => {
    const { lookup, lookups, cache } = open(policy)
    const [leader, first, second, third] = lookups(4)
    const told: string[] = []
    first?.onReady({
      wake: () => {
        told.push('first')
        second?.close()
        lookup({}, { key: 'other' }).onReady({ wake: () => told.push('new') })
        cache.purge({ all: true })
      },
    })
    second?.onReady({ wake: () => told.push('second') })
    third?.onReady({ wake: () => told.push('third') })
    leader?.insert(OK, { maxAgeMs: 1000 })
    assert.equal(told, ['first', 'new', 'third'])
    third?.onReady({ wake: () => told.push('at once') })
    assert.is(told.at(-1), 'at once')
  })

  test(`${name}: those whom a wake listener has woken are told after those who were due before, not inside it`, () => {
    const { lookup, lookups } = open(policy)
    const [leader, first, second] = lookups(3)
    const other = lookup({}, { key: 'other' })
    const told: string[] = []
    lookup({}, { key: 'other' }).onReady({ wake: () => told.push('new') })
    first?.onReady({
      wake: () => {
        other.insert(OK, { maxAgeMs: 1000 })
        told.push('first')
      },
    })
    second?.onReady({ wake: () => told.push('second') })
    leader?.insert(OK, { maxAgeMs: 1000 })
    assert.equal(told, ['first', 'second', 'new'])
  })

  test(`${name}: closing the cache fails its waiters and takes the obligations from its leaders`, () => {
    const { lookups, cache, clock } = open(policy)
    const [leader, waiter] = lookups(2)
    cache.close()
    assert.is(outcomeOf(waiter!), 'ClosedError')
    assert.is(leader?.state, 0)
    assert.throws(() => leader?.insert(OK, { maxAgeMs: 1 }), /has no obligation/)
    assert.throws(
      () => lookups(1),
      (error: unknown) => error instanceof ClosedError,
    )
    leader?.close()
    assert.is(clock.pending(), 0)
  })
}

test('rfc9111: T15 a leader that fails shares its failure with its waiters, and with no later lookup', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(failed)
  for (const waiter of waiters)
    assert.throws(
      () => waiter.state,
      (error: unknown) => error === failed.error,
    )
  assert.is(outcomeOf(lookup()), 'lead')
})

test('rfc9111: T15 when a leader fails, its waiters get a usable stale answer rather than the failure', () => {
  const { clock, lookups, stored } = open(rfc9111)
  stored('old', { maxAgeMs: 1000, staleIfErrorMs: 10_000 })
  clock.advance(2000)
  const [leader, ...waiters] = lookups(3)
  leader?.abandon(failed)
  assert.is(outcomesOf(waiters), 'stale-if-error stale-if-error')
})

test('fastly: T15 when each leader fails, the waiters are promoted one after another', () => {
  const { lookups } = open(fastly)
  const entries = lookups(4)
  for (const [at, entry] of entries.entries()) {
    assert.is(outcomesOf(entries.slice(at)), ['lead', ...Array(3 - at).fill('waiting')].join(' '))
    entry.abandon(failed)
  }
})

test('fastly: freshness is judged at the time a lookup began, however long it has waited', () => {
  const { clock, lookup } = open(fastly)
  const leader = lookup()
  const waiter = lookup()
  clock.advance(60_000)
  fill(leader, 'x', { maxAgeMs: 10 })
  assert.is(outcomeOf(waiter), 'hit')
  assert.is(waiter.object?.ageMs, 0)
})

test('the freshness that one request demands decides for that request alone', () => {
  const { clock, lookup, stored } = open()
  stored('x', { maxAgeMs: 1000 })
  const reload = lookup({}, { judge: () => 'expired' })
  assert.is(outcomeOf(reload), 'lead')
  assert.is(reload.object?.body.bytes, 1)
  assert.is(outcomeOf(lookup()), 'hit')
  const second = lookup({}, { judge: () => 'expired' })
  reload.update(OK, { maxAgeMs: 1000 })
  assert.is(outcomeOf(second), 'hit', 'what was validated while it waited is fresh enough')
  clock.advance(5000)
  assert.is(outcomeOf(lookup({}, { judge: () => 'fresh' })), 'stale', 'max-stale')
})

test('once its freshness has ended, an object that a request accepts with max-stale is stale, not a hit', () => {
  const accepting = { judge: () => 'fresh' as const }
  for (const maxAgeMs of [0, 10]) {
    const { clock, lookup, lookups } = open()
    const [leader, waiter] = lookups(2)
    fill(leader!, 'x', { maxAgeMs })
    clock.advance(maxAgeMs)
    assert.is(outcomeOf(waiter!), 'hit', 'it came for this waiter')
    assert.is(outcomeOf(lookup({}, accepting)), 'stale', `max-stale after ${maxAgeMs} ms`)
  }
  const { cache, clock, lookup, stored } = open()
  stored('x', { maxAgeMs: 1000 })
  clock.advance(5)
  assert.is(outcomeOf(lookup({}, accepting)), 'hit')
  cache.purge({ key: 'k' }, { soft: true })
  assert.is(outcomeOf(lookup({}, accepting)), 'stale', 'softly purged')
})

test('an answer too large for the store still reaches the waiters', () => {
  const { lookup, lookups } = open(rfc9111, { maxBytes: 2000 })
  const [leader, ...waiters] = lookups(3)
  fill(leader!, 'x'.repeat(5000), { maxAgeMs: 1000, length: 5000 })
  assert.is(outcomesOf(waiters), 'hit hit')
  assert.is(drain(waiters[0]!.object!.body.reader()).text.length, 5000)
  assert.is(outcomeOf(lookup()), 'lead')
})

test('promoting the first of very many waiters looks up none of the others again', () => {
  const { clock, lookup, stored } = open(fastly, { invariants: false })
  stored('expired', { maxAgeMs: 0 })
  clock.advance(1)
  let looks = 0
  const judge: Judge = (_timing, _forbidsStale, ageClass) => {
    looks += 1
    return ageClass
  }
  const entries = Array.from({ length: 1000 }, () => lookup({}, { judge }))
  assert.is(looks, 1000)
  for (const entry of entries) entry.close()
  assert.is(looks, 1000 + 999, 'each but the first has looked once more, when it was promoted')
})

test('a key is forgotten once those who led side by side at its mark have ended, if the mark is gone by then', () => {
  for (const reason of [{ because: 'left' }, { because: 'declined' }] as const) {
    const { lookup, lookups, cache } = open()
    lookup().abandon({ because: 'declined' })
    const together = lookups(2)
    assert.is(outcomesOf(together), 'lead lead')
    cache.purge({ all: true })
    assert.is(cache.stats().keys, 1)
    for (const leader of together) leader.abandon(reason)
    assert.is(cache.stats().keys, 0, reason.because)
  }
})

test.run()
