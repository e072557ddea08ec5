/** How waiters are released by an answer that may not be stored, or that has no freshness (semantics 3.5; T16 to T19). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { fill, open, outcomeOf, outcomesOf } from './fixture.js'

const declined = { because: 'declined' } as const

test('rfc9111: T16 a declined answer releases all waiters at once, and for a while no lookup waits', () => {
  const { clock, lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(declined)
  const later = lookup()
  assert.is(outcomesOf([...waiters, later]), 'lead lead lead lead')
  assert.ok(!later.collapsed)
  clock.advance(2000)
  const after = lookups(2)
  assert.is(outcomesOf(after), 'lead waiting')
})

test('fastly: T16 declined answers promote the waiters one after another', () => {
  const { lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  leader?.abandon(declined)
  assert.is(outcomesOf(waiters), 'lead waiting waiting')
  waiters[0]?.abandon(declined)
  assert.is(outcomesOf(waiters.slice(1)), 'lead waiting')
})

test('fastly: T17, T18 an uncacheable answer lets all its waiters and later lookups pass until its mark ends', () => {
  const { clock, lookup, lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  leader?.recordNotCacheable({ maxAgeMs: 1000 })
  assert.is(outcomesOf(waiters), 'pass pass pass')
  assert.equal([leader?.state, waiters[0]?.state], [0, 0])
  clock.advance(999)
  assert.is(outcomeOf(lookup()), 'pass')
  clock.advance(1)
  assert.is(outcomesOf(lookups(2)), 'lead waiting')
})

test('rfc9111: T17, T18 after an uncacheable answer lookups lead side by side, until one of them stores an object', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(3)
  leader?.recordNotCacheable({ maxAgeMs: 1000 })
  const later = lookup()
  assert.is(outcomesOf([...waiters, later]), 'lead lead lead')
  later.close()
  waiters[0]?.abandon()
  fill(waiters[1]!, 'x', { maxAgeMs: 1000 })
  assert.is(outcomeOf(lookup()), 'hit')
})

test('rfc9111: T17 a waiter released by an uncacheable answer waits for no other leader, though the mark is not its own', () => {
  const { lookup, stored } = open(rfc9111)
  stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
  const [leader, waiter] = [lookup({ b: '1' }), lookup({ b: '1', c: '1' })]
  fill(lookup({ a: '2', b: '2' }), 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
  const other = lookup({ a: '3', b: '1' })
  assert.is(outcomesOf([leader, waiter, other]), 'lead waiting lead')
  leader.recordNotCacheable({ maxAgeMs: 1000, varyNames: ['c'] })
  assert.is(outcomeOf(waiter), 'lead')
  fill(other, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
  assert.is(outcomeOf(lookup({ b: '1' })), 'hit')
})

test('rfc9111: T19 waiters share an answer of freshness 0, and a later lookup validates it', () => {
  const { lookup, lookups } = open(rfc9111)
  const [leader, ...waiters] = lookups(4)
  fill(leader!, 'x', { maxAgeMs: 0 })
  assert.is(outcomesOf(waiters), 'hit hit hit')
  const later = lookup()
  assert.is(outcomeOf(later), 'lead')
  assert.is(later.object?.body.bytes, 1)
})

test('rfc9111: T19 waiters share an answer that was too old on arrival, and find it stale with its age', () => {
  const { lookups } = open(rfc9111)
  const [leader, waiter] = lookups(2)
  fill(leader!, 'x', { maxAgeMs: 1000, initialAgeMs: 2000 })
  assert.is(outcomeOf(waiter!), 'stale')
  assert.is(waiter?.object?.ageMs, 2000)
})

test('fastly: T19 answers of freshness 0 without stale windows are fetched by one waiter after another', () => {
  const { lookups } = open(fastly)
  const [leader, ...waiters] = lookups(4)
  fill(leader!, 'x', { maxAgeMs: 0 })
  assert.is(outcomesOf(waiters), 'lead waiting waiting')
  fill(waiters[0]!, 'x', { maxAgeMs: 0 })
  assert.is(outcomesOf(waiters.slice(1)), 'lead waiting')
})

test('fastly: T19 that holds for an answer that lands in the slot of another rule too', () => {
  const { lookups, stored } = open(fastly)
  stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
  const [leader, ...waiters] = lookups(4, { a: '2' })
  fill(leader!, 'x', { maxAgeMs: 0 })
  assert.is(outcomesOf(waiters), 'lead waiting waiting')
})

test.run()
