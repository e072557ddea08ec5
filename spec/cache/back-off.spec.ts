/** Failures in a row of the fetches behind a key's stale answers, and how long the next is put off (semantics 2.7). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AbandonReason } from '../../lib/cache/commit-options.js'
import { fill, open, outcomeOf, request } from './fixture.js'

const FAILED: AbandonReason = { because: 'failed', error: new Error('down') }
const FRESH = { maxAgeMs: 1000, staleWhileRevalidateMs: 1e9 }

/** A cache with an object that is stale, and may be used stale. */
function setting() {
  const opened = open()
  const { cache, clock, lookup, stored } = opened
  stored('old', FRESH)
  clock.advance(2000)
  const lead = () => {
    const leader = lookup()
    assert.is(outcomeOf(leader), 'stale-lead')
    return leader
  }
  return {
    ...opened,
    lead,
    fail: (reason = FAILED) => lead().abandon(reason),
    backOff: (key = 'k') => cache.backOffMs(key),
  }
}

test('from its second failure in a row on a key backs off, twice as long each time, up to a minute', () => {
  const { clock, fail, backOff } = setting()
  fail()
  assert.is(backOff(), 0)
  for (const waitMs of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    fail()
    assert.is(backOff(), waitMs)
    clock.advance(waitMs - 1)
    assert.is(backOff(), 1)
    assert.is(backOff('other'), 0)
    clock.advance(1)
    assert.is(backOff(), 0)
  }
})

test('a lookup during the back-off is offered the fetch all the same, and is told how long to wait', () => {
  const { cache, fail } = setting()
  fail()
  fail()
  const { outcome, backOffMs } = cache.foresee(request(), { key: 'k' })
  assert.equal([outcome, backOffMs], ['stale-lead', 1000])
})

test('a failure of a hook counts as well, and a leader that leaves does not', () => {
  const { fail, lead, backOff } = setting()
  fail({ because: 'failed-alone' })
  fail({ because: 'left' })
  lead().close()
  assert.is(backOff(), 0)
  fail({ because: 'failed-alone' })
  assert.is(backOff(), 1000)
})

for (const [what, end] of [
  ['is stored', (leader) => fill(leader, 'new', FRESH)],
  ['validates', (leader) => leader.update({ status: 200, statusText: '', fields: [] }, FRESH)],
  ['is declined', (leader) => leader.abandon({ because: 'declined' })],
  ['is marked as uncacheable', (leader) => leader.recordNotCacheable({ maxAgeMs: 60_000 })],
] as const satisfies readonly (readonly [string, (leader: ReturnType<ReturnType<typeof setting>['lead']>) => void])[])
  test(`an answer that ${what} ends the back-off, and the failures are forgotten`, () => {
    const { clock, fail, lead, lookup, backOff } = setting()
    fail()
    fail()
    end(lead())
    assert.is(backOff(), 0)
    clock.advance(2000)
    const leader = lookup()
    if (outcomeOf(leader) === 'stale-lead') leader.abandon(FAILED)
    assert.is(backOff(), 0)
  })

test('the failures of a key are forgotten with what is stored under it', () => {
  const { cache, fail, backOff } = setting()
  fail()
  fail()
  cache.purge({ key: 'k' })
  assert.is(backOff(), 0)
})

test.run()
