/** How those who wait are released by an answer that may not be stored, or that has no freshness (semantics 3.5; T16 to T19). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { all, fill, open, said } from './fixture.js'

const declined = { because: 'declined' } as const

test('rfc9111: T16 a declined answer releases all at once, and nobody waits for a while', () => {
  const { clock, lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(declined)
  const later = lookup()
  assert.is(all([...waiters, later]), 'lead lead lead lead')
  assert.ok(!later.collapsed)
  clock.advance(2000)
  const after = lookups(2)
  assert.is(all(after), 'lead waiting')
})

test('fastly: T16 a declined answer promotes one after the other', () => {
  const { lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(declined)
  assert.is(all(waiters), 'lead waiting waiting')
  waiters[0]?.abandon(declined)
  assert.is(all(waiters.slice(1)), 'lead waiting')
})

test('fastly: T17, T18 an uncacheable answer lets all pass in parallel until its mark ends', () => {
  const { clock, lookup, lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  leader?.recordNotCacheable({ maxAgeMs: 1000 })
  assert.is(all(waiters), 'pass pass pass')
  assert.equal([leader?.state, waiters[0]?.state], [0, 0])
  clock.advance(999)
  assert.is(said(lookup()), 'pass')
  clock.advance(1)
  assert.is(all(lookups(2)), 'lead waiting')
})

test('rfc9111: T17, T18 after an uncacheable answer all lead side by side, and the first that can be stored ends that', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(3)
  leader?.recordNotCacheable({ maxAgeMs: 1000 })
  const later = lookup()
  assert.is(all([...waiters, later]), 'lead lead lead')
  later.close()
  waiters[0]?.abandon()
  fill(waiters[1]!, 'x', { maxAgeMs: 1000 })
  assert.is(said(lookup()), 'hit')
})

test('rfc9111: T17 who has waited for an uncacheable answer waits for nobody else, though its mark is not for them', () => {
  const { lookup, stored } = open(rfc9111)
  stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
  const [leader, waiter] = [lookup({ b: '1' }), lookup({ b: '1', c: '1' })]
  fill(lookup({ a: '2', b: '2' }), 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
  const other = lookup({ a: '3', b: '1' })
  assert.is(all([leader, waiter, other]), 'lead waiting lead')
  leader.recordNotCacheable({ maxAgeMs: 1000, varyNames: ['c'] })
  assert.is(said(waiter), 'lead')
  fill(other, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
  assert.is(said(lookup({ b: '1' })), 'hit')
})

test('rfc9111: T19 those who wait share an answer of freshness 0; who comes later validates it', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  fill(leader!, 'x', { maxAgeMs: 0 })
  assert.is(all(waiters), 'hit hit hit')
  const later = lookup()
  assert.is(said(later), 'lead')
  assert.is(later.object?.body.bytes, 1)
})

test('rfc9111: T19 even one that came too old already, and it says so', () => {
  const { lookups } = open(rfc9111)
  const [leader, waiter] = lookups(2)
  fill(leader!, 'x', { maxAgeMs: 1000, initialAgeMs: 2000 })
  assert.is(said(waiter!), 'stale')
  assert.is(waiter?.object?.ageMs, 2000)
})

test('fastly: T19 answers of freshness 0 without windows are fetched one after another', () => {
  const { lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  fill(leader!, 'x', { maxAgeMs: 0 })
  assert.is(all(waiters), 'lead waiting waiting')
  fill(waiters[0]!, 'x', { maxAgeMs: 0 })
  assert.is(all(waiters.slice(1)), 'lead waiting')
})

test.run()
