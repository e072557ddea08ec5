/** Waiters of a key whose objects vary by different rules (semantics 3.5, 3.6). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { fill, open, outcomeOf } from './fixture.js'

const failed = { because: 'failed', error: new RangeError('origin down') } as const
const declined = { because: 'declined' } as const

test('an answer that serves no waiter is looked at by the next waiter alone, also where the key has other Vary rules', () => {
  let reads = 0
  const counted = new Proxy(fastly, {
    get(policy, name) {
      reads++
      return Reflect.get(policy, name)
    },
  })
  const readsFor = (waiters: number): number => {
    const { lookups, stored } = open(counted, { invariants: false })
    stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
    const [first, second] = lookups(2 + waiters) as [Entry, Entry]
    fill(first, 'for one', { maxAgeMs: 0 })
    const before = reads
    fill(second, 'for one', { maxAgeMs: 0 })
    return reads - before
  }
  assert.is(readsFor(100), readsFor(10))
})

test('when an object came under another Vary rule meanwhile, all waiters are looked up again', () => {
  const { lookup, stored } = open(fastly)
  stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
  const [first, second, third] = [lookup(), lookup(), lookup({ b: '1' })]
  const other = lookup({ a: '2', b: '1' })
  fill(other, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
  fill(first, 'for one', { maxAgeMs: 0, varyNames: ['a'] })
  assert.equal([second, third].map(outcomeOf), ['lead', 'hit'])
})

for (const [what, reason, outcomes] of [
  ['fails', failed, ['RangeError', 'hit']],
  ['is declined', declined, ['lead', 'hit']],
] as const) {
  test(`when a leader ${what}, its waiters may be answered by an object that came under another Vary rule meanwhile`, () => {
    const { lookup, stored } = open(rfc9111)
    stored('by a', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '1' })
    const [leader, other] = [lookup(), lookup({ a: '2', b: '1' })]
    const waiters = [lookup(), lookup({ b: '1' })]
    fill(other, 'by b', { maxAgeMs: 1000, varyNames: ['b'] })
    leader.abandon(reason)
    assert.equal(waiters.map(outcomeOf), outcomes)
  })
}

test.run()
