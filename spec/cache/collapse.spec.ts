/** Who leads, who waits, and how those who wait are released (semantics 3.5; T07-T29). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError, TimeoutError } from '../../lib/base/errors.js'
import type { Judge } from '../../lib/cache/lookup-query.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { all, bytes, drain, fill, OK, open, said } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]

const failed = { because: 'failed', error: new RangeError('origin down') } as const

for (const [name, policy] of BOTH) {
  test(`${name}: T07 a leader that leaves promotes exactly one of those who wait, the first`, () => {
    const { lookups, cache } = open(policy)
    const [leader, ...waiters] = lookups(4)
    leader?.close()
    assert.is(all(waiters), 'lead waiting waiting')
    assert.is(cache.stats().obligations, 1)
    assert.is(cache.stats().promoted, 1)
  })

  test(`${name}: T08 a waiter that leaves loses nobody a promotion`, () => {
    const { lookups } = open(policy)
    const [leader, second, third] = lookups(3)
    second?.close()
    leader?.abandon()
    assert.is(said(third!), 'lead')
  })

  test(`${name}: T09 a waiter that was promoted and leaves before it looks passes the obligation on`, () => {
    const { lookups } = open(policy)
    const [leader, second, third] = lookups(3)
    leader?.close()
    second?.close()
    assert.is(said(third!), 'lead')
  })

  test(`${name}: T13 one leader, nine waiters: one fetch, ten equal bodies, nine hits`, () => {
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

  test(`${name}: T14 those who wait get the head when it comes, not when the body ends`, () => {
    const { lookups } = open(policy)
    const [leader, waiter] = lookups(2)
    const writer = leader!.insert(OK, { maxAgeMs: 1000 })
    assert.is(said(waiter!), 'hit')
    const reader = waiter!.object!.body.reader()
    writer.write(bytes('a'))
    assert.equal(drain(reader), { text: 'a', end: 'open' })
  })

  test(`${name}: T20 with a stale window, those who wait share freshness 0; who comes later does not`, () => {
    const { lookup, lookups } = open(policy)
    const [leader, ...waiters] = lookups(3)
    fill(leader!, 'x', { maxAgeMs: 0, staleIfErrorMs: 60_000 })
    assert.is(all(waiters), 'hit hit')
    assert.is(said(lookup()), 'lead-if-error')
  })

  test(`${name}: T21 after an abandon that nobody waited for, the next lookup leads`, () => {
    const { lookup } = open(policy)
    lookup().abandon()
    assert.is(said(lookup()), 'lead')
  })

  test(`${name}: T23 a lookup that waits too long fails alone; its leader still stores`, () => {
    const { clock, lookup, cache } = open(policy)
    const leader = lookup()
    const waiter = lookup({}, { waitTimeoutMs: 50 })
    const patient = lookup({}, { waitTimeoutMs: 5000 })
    clock.advance(49)
    assert.is(said(waiter), 'waiting')
    clock.advance(1)
    assert.throws(
      () => waiter.state,
      (error: unknown) => error instanceof TimeoutError && error.timeoutMs === 50,
    )
    fill(leader, 'x', { maxAgeMs: 1000 })
    assert.is(said(patient), 'hit')
    assert.is(said(lookup()), 'hit')
    assert.is(clock.pending(), 0)
    assert.is(cache.stats().failed, 1)
  })

  test(`${name}: a listener may do anything, and everyone is still told once`, () => {
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

  test(`${name}: closing fails who waits and frees who leads`, () => {
    const { lookups, cache, clock } = open(policy)
    const [leader, waiter] = lookups(2)
    cache.close()
    assert.is(said(waiter!), 'ClosedError')
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

test('rfc9111: T15 a leader that fails shares its failure with those who were waiting, and with nobody else', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(failed)
  for (const waiter of waiters)
    assert.throws(
      () => waiter.state,
      (error: unknown) => error === failed.error,
    )
  assert.is(said(lookup()), 'lead')
})

test('rfc9111: T15 but a stale answer that may be used is better than a shared failure', () => {
  const { clock, lookups, stored } = open(rfc9111)
  stored('old', { maxAgeMs: 1000, staleIfErrorMs: 10_000 })
  clock.advance(2000)
  const [leader, ...waiters] = lookups(3)
  leader?.abandon(failed)
  assert.is(all(waiters), 'stale-if-error stale-if-error')
})

test('fastly: T15 when each leader fails, those who wait run one after another', () => {
  const { lookups } = open(fastly)
  const entries = lookups(4)
  for (const [at, entry] of entries.entries()) {
    assert.is(all(entries.slice(at)), ['lead', ...Array(3 - at).fill('waiting')].join(' '))
    entry.abandon(failed)
  }
})

test('fastly: freshness is judged at the start of a lookup, however long it waited', () => {
  const { clock, lookup } = open(fastly)
  const leader = lookup()
  const waiter = lookup()
  clock.advance(60_000)
  fill(leader, 'x', { maxAgeMs: 10 })
  assert.is(said(waiter), 'hit')
  assert.is(waiter.object?.ageMs, 0)
})

test('what a request demands of freshness decides for it alone', () => {
  const { clock, lookup, stored } = open()
  stored('x', { maxAgeMs: 1000 })
  const reload = lookup({}, { judge: () => 'expired' })
  assert.is(said(reload), 'lead')
  assert.is(reload.object?.body.bytes, 1)
  assert.is(said(lookup()), 'hit')
  const second = lookup({}, { judge: () => 'expired' })
  reload.update(OK, { maxAgeMs: 1000 })
  assert.is(said(second), 'hit', 'what was validated while it waited is fresh enough')
  clock.advance(5000)
  assert.is(said(lookup({}, { judge: () => 'fresh' })), 'stale', 'max-stale')
})

test('at the instant when freshness ends, what a request accepts all the same is stale', () => {
  const accepting = { judge: () => 'fresh' as const }
  for (const maxAgeMs of [0, 10]) {
    const { clock, lookup, lookups } = open()
    const [leader, waiter] = lookups(2)
    fill(leader!, 'x', { maxAgeMs })
    clock.advance(maxAgeMs)
    assert.is(said(waiter!), 'hit', 'it came for this one')
    assert.is(said(lookup({}, accepting)), 'stale', `max-stale after ${maxAgeMs} ms`)
  }
  const { cache, clock, lookup, stored } = open()
  stored('x', { maxAgeMs: 1000 })
  clock.advance(5)
  assert.is(said(lookup({}, accepting)), 'hit')
  cache.purge({ key: 'k' }, { soft: true })
  assert.is(said(lookup({}, accepting)), 'stale', 'softly purged')
})

test('an answer that the store cannot keep still reaches those who waited', () => {
  const { lookup, lookups } = open(rfc9111, { maxBytes: 2000 })
  const [leader, ...waiters] = lookups(3)
  fill(leader!, 'x'.repeat(5000), { maxAgeMs: 1000, length: 5000 })
  assert.is(all(waiters), 'hit hit')
  assert.is(drain(waiters[0]!.object!.body.reader()).text.length, 5000)
  assert.is(said(lookup()), 'lead')
})

test('promoting the first of very many asks nobody else to look again', () => {
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

test.run()
