/** An obligation is safe for as long as its lease, and longer while nobody waits for it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CancelTimer } from '../../lib/base/clock.js'
import { TestClock } from '../kit/test-clock.js'
import { all, OK, open, said } from './fixture.js'

/** Its first timer fires a millisecond before its time. */
class HastyClock extends TestClock {
  #earlyMs = 1

  override setTimer(delayMs: number, callback: () => void): CancelTimer {
    const dueMs = delayMs - this.#earlyMs
    this.#earlyMs = 0
    return super.setTimer(dueMs, callback)
  }
}

test('a lease that runs out is taken back as soon as someone waits, and the first who waits leads', () => {
  const { clock, lookup, cache } = open()
  const leader = lookup({}, { leaseMs: 100 })
  assert.is(clock.pending(), 0, 'nobody waits: no timer')
  const [second, third] = [lookup(), lookup()]
  clock.advance(99)
  leader.renewLease()
  clock.advance(99)
  assert.is(all([second, third]), 'waiting waiting')
  clock.advance(1)
  assert.is(all([second, third]), 'lead waiting')
  assert.is(leader.state, 0)
  for (const late of [() => leader.insert(OK, { maxAgeMs: 1 }), () => leader.abandon(), () => leader.renewLease()]) {
    assert.throws(late, /has no obligation/)
  }
  assert.is(cache.stats().lapsed, 1)
  leader.close()
  second.close()
  assert.is(said(third), 'lead')
  assert.is(clock.pending(), 0)
})

test('a lease that ran out while nobody waited goes to the next lookup, also in the stale window', () => {
  const { clock, lookup, stored } = open()
  const leader = lookup({}, { leaseMs: 100 })
  clock.advance(500)
  const next = lookup()
  assert.is(said(next), 'lead')
  assert.ok(!next.collapsed)
  leader.close()
  next.close()
  stored('x', { maxAgeMs: 1000, staleWhileRevalidateMs: 10_000 })
  clock.advance(2000)
  const revalidating = lookup({}, { leaseMs: 100 })
  assert.is(said(lookup()), 'stale')
  clock.advance(100)
  assert.is(said(lookup()), 'stale-lead')
  assert.is(revalidating.state, 7)
})

test('a timer that fires early takes nothing back, and the lease still runs out at its time', () => {
  const clock = new HastyClock()
  const { lookup } = open(undefined, { clock })
  const leader = lookup({}, { leaseMs: 100 })
  const waiter = lookup()
  clock.advance(99)
  assert.is(all([leader, waiter]), 'lead waiting')
  clock.advance(1)
  assert.is(said(waiter), 'lead')
  assert.is(leader.state, 0)
})

test.run()
