/** An obligation is safe for as long as its lease, and longer while no lookup waits for it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Undo } from '../../lib/base/undo.js'
import { Lease } from '../../lib/cache/lease.js'
import { TestClock } from '../kit/test-clock.js'
import { OK, open, outcomeOf, outcomesOf } from './fixture.js'

/** Its first timer fires a millisecond before its time. */
class HastyClock extends TestClock {
  #earlyMs = 1

  override setTimer(delayMs: number, callback: () => void): Undo {
    const dueMs = delayMs - this.#earlyMs
    this.#earlyMs = 0
    return super.setTimer(dueMs, callback)
  }
}

test('a lease that runs out while lookups wait is taken from its leader, and the first waiter leads', () => {
  const { clock, lookup, cache } = open()
  const leader = lookup({}, { lease: new Lease(100) })
  assert.is(clock.pending(), 0, 'nobody waits: no timer')
  const [second, third] = [lookup(), lookup()]
  clock.advance(99)
  leader.renewLease()
  clock.advance(99)
  assert.is(outcomesOf([second, third]), 'waiting waiting')
  clock.advance(1)
  assert.is(outcomesOf([second, third]), 'lead waiting')
  assert.is(leader.state, 0)
  for (const late of [() => leader.insert(OK, { maxAgeMs: 1 }), () => leader.abandon(), () => leader.renewLease()]) {
    assert.throws(late, /has no obligation/)
  }
  assert.is(cache.stats().lapsed, 1)
  leader.close()
  second.close()
  assert.is(outcomeOf(third), 'lead')
  assert.is(clock.pending(), 0)
})

test('an obligation whose lease ran out without waiters goes to the next lookup, also in the stale window', () => {
  const { clock, lookup, stored } = open()
  const leader = lookup({}, { lease: new Lease(100) })
  clock.advance(500)
  const next = lookup()
  assert.is(outcomeOf(next), 'lead')
  assert.ok(!next.collapsed)
  leader.close()
  next.close()
  stored('x', { maxAgeMs: 1000, staleWhileRevalidateMs: 10_000 })
  clock.advance(2000)
  const revalidating = lookup({}, { lease: new Lease(100) })
  assert.is(outcomeOf(lookup()), 'stale')
  clock.advance(100)
  assert.is(outcomeOf(lookup()), 'stale-lead')
  assert.is(revalidating.state, 7)
})

test('once the lease of an owner has lapsed, its waiting lookups hold up nobody, until it goes on', () => {
  const { clock, lookup } = open()
  const lease = new Lease(100)
  const [leader, first, second] = [lookup({}, { lease }), lookup({}, { lease }), lookup({}, { lease })]
  const other = lookup()
  clock.advance(100)
  assert.is(outcomesOf([leader, first, second, other]), 'lead lead lead lead')
  assert.equal(
    [leader, first, second, other].map(({ leads }) => leads),
    [undefined, undefined, undefined, 'exclusive'],
  )
  lease.hasLapsed = false
  other.close()
  const late = lookup({}, { lease })
  lookup()
  clock.advance(99)
  assert.is(late.leads, 'exclusive')
})

test('an owner that comes back and asks for what it failed to fetch has a whole lease again', () => {
  const { clock, lookup } = open()
  const lease = new Lease(100)
  const forgotten = lookup({}, { lease })
  clock.advance(500)
  const again = lookup({}, { lease })
  assert.is(outcomesOf([again, lookup()]), 'lead waiting')
  clock.advance(99)
  assert.equal([forgotten.leads, again.leads], [undefined, 'exclusive'])
})

test('a lease timer that fires early takes nothing back, and the lease still runs out at its time', () => {
  const clock = new HastyClock()
  const { lookup } = open(undefined, { clock })
  const leader = lookup({}, { lease: new Lease(100) })
  const waiter = lookup()
  clock.advance(99)
  assert.is(outcomesOf([leader, waiter]), 'lead waiting')
  clock.advance(1)
  assert.is(outcomeOf(waiter), 'lead')
  assert.is(leader.state, 0)
})

test.run()
