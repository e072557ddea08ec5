/** Freshness, revalidation in the background, and stale answers after errors (semantics 3.2-3.5; T33-T57). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AgeClass } from '../../lib/http/freshness.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { bytes, drain, fill, OK, open, outcomeOf, outcomesOf } from './fixture.js'

const BOTH: readonly [string, Policy][] = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
]
const SWR = { maxAgeMs: 1000, staleWhileRevalidateMs: 10_000 }
const SIE = { maxAgeMs: 1000, staleIfErrorMs: 10_000 }
const THREE_HUNDRED_FOUR = { ...OK, fields: [['x-merged', '1']] } as const

for (const [name, policy] of BOTH) {
  const setting = () => open(policy)

  test(`${name}: T33 an object is fresh until its age reaches the freshness lifetime, and stale from then on`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', { maxAgeMs: 10_000 })
    clock.advance(9_999)
    assert.is(outcomeOf(lookup()), 'hit')
    clock.advance(1)
    assert.is(outcomeOf(lookup()), 'lead')
  })

  test(`${name}: T34 in the stale-while-revalidate window five lookups all answer at once, and one of them revalidates`, () => {
    const { clock, lookups, stored } = setting()
    stored('x', SWR)
    clock.advance(5000)
    const entries = lookups(5)
    assert.is(outcomesOf(entries), 'stale-lead stale stale stale stale')
    assert.equal(
      entries.map((entry) => entry.state),
      [15, 7, 7, 7, 7],
    )
  })

  test(`${name}: T35 the next lookup hits the object that a background fetch has stored`, () => {
    const { clock, lookup, stored } = setting()
    stored('old', SWR)
    clock.advance(5000)
    fill(lookup(), 'new', SWR)
    const next = lookup()
    assert.is(outcomeOf(next), 'hit')
    assert.is(drain(next.object!.body.reader()).text, 'new')
  })

  test(`${name}: T36 a 304 in the background renews head and age, and keeps the body`, () => {
    const { clock, lookup, stored } = setting()
    stored('old', SWR)
    clock.advance(5000)
    lookup().update(THREE_HUNDRED_FOUR, SWR)
    const next = lookup()
    assert.is(next.object?.ageMs, 0)
    assert.equal(next.object?.head.fields, [['x-merged', '1']])
    assert.is(drain(next.object!.body.reader()).text, 'old')
  })

  test(`${name}: T37 a background fetch that fails gives the obligation back, and the next lookup revalidates`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', SWR)
    clock.advance(5000)
    lookup().abandon({ because: 'failed', error: new Error('down') })
    assert.is(outcomeOf(lookup()), 'stale-lead')
  })

  test(`${name}: T43 when the window ends during the background fetch, a new lookup waits for its result`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', SWR)
    clock.advance(5000)
    const background = lookup()
    clock.advance(6001)
    const waiter = lookup()
    assert.is(outcomeOf(waiter), 'waiting')
    fill(background, 'new', SWR)
    assert.is(outcomeOf(waiter), 'hit')
  })

  test(`${name}: T44 with both windows open, stale-while-revalidate wins over stale-if-error`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', { ...SWR, ...SIE })
    clock.advance(5000)
    assert.is(lookup().state, 15)
  })

  test(`${name}: no lookup revalidates an object whose body still streams in`, () => {
    const { clock, lookup } = setting()
    const writer = lookup().insert(OK, SWR)
    clock.advance(5000)
    assert.is(outcomeOf(lookup()), 'stale')
    writer.finish()
    assert.is(outcomeOf(lookup()), 'stale-lead')
  })

  test(`${name}: T47, T48 a leader that chooses stale answers all its waiters with it, and no later lookup`, () => {
    const { clock, lookup, lookups, stored } = setting()
    stored('old', SIE)
    clock.advance(2000)
    const [leader, ...waiters] = lookups(5)
    assert.is(leader?.state, 4 | 8 | 16)
    leader?.chooseStale()
    assert.is(leader?.state, 1 | 2 | 4 | 16)
    for (const waiter of waiters) {
      assert.is(waiter.state, 1 | 2 | 4 | 16)
      assert.is(drain(waiter.object!.body.reader()).text, 'old')
    }
    assert.is(outcomeOf(lookup()), 'lead-if-error')
  })

  test(`${name}: T52 when a leader leaves in the stale-if-error window, one waiter is promoted and may itself fall back`, () => {
    const { clock, lookups, stored } = setting()
    stored('x', SIE)
    clock.advance(2000)
    const [leader, ...waiters] = lookups(3)
    leader?.close()
    assert.is(outcomesOf(waiters), 'lead-if-error waiting')
  })

  test(`${name}: T55, Q31 leader and waiters may still fall back when the stale-if-error window ends during the fetch`, () => {
    const { clock, lookup, lookups, stored } = setting()
    stored('x', SIE)
    clock.advance(10_999)
    const [leader, waiter] = lookups(2)
    clock.advance(5000)
    const late = lookup()
    leader?.chooseStale()
    assert.is(outcomesOf([leader!, waiter!, late]), 'stale-if-error stale-if-error stale-if-error')
    assert.is(outcomeOf(lookup()), 'lead')
  })

  test(`${name}: T57 choosing stale leaves leaders and waiters of other variants alone`, () => {
    const { clock, lookup, stored } = setting()
    const byLanguage = { ...SIE, varyNames: ['accept-language'] }
    stored('en', byLanguage, { 'accept-language': 'en' })
    stored('fr', byLanguage, { 'accept-language': 'fr' })
    clock.advance(2000)
    const [en, fr] = [lookup({ 'accept-language': 'en' }), lookup({ 'accept-language': 'fr' })]
    const waiting = lookup({ 'accept-language': 'fr' })
    en.chooseStale()
    assert.is(outcomesOf([fr, waiting]), 'lead-if-error waiting')
  })

  test(`${name}: T62 a leader can choose stale only once`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', SIE)
    clock.advance(2000)
    const leader = lookup()
    leader.chooseStale()
    assert.throws(() => leader.chooseStale(), /has no obligation/)
  })

  test(`${name}: Q30 a leader that revalidates in the background may choose stale too`, () => {
    const { clock, lookup, stored } = setting()
    stored('x', SWR)
    clock.advance(2000)
    const leader = lookup()
    leader.chooseStale()
    assert.is(leader.state, 7)
    assert.is(outcomeOf(lookup()), 'stale-lead')
  })

  test(`${name}: an expired object can be validated, but cannot be chosen as stale`, () => {
    const { clock, lookup, stored } = setting()
    stored('old', { maxAgeMs: 1000 })
    clock.advance(2000)
    const leader = lookup()
    assert.is(leader.state, 8)
    assert.throws(() => leader.chooseStale(), /no stale object/)
    leader.update(OK, { maxAgeMs: 1000 })
    assert.is(drain(lookup().object!.body.reader()).text, 'old')
  })
}

test('fastly: T53 when a leader stores an expired object, the first waiter leads with the stale object it found before', () => {
  const { clock, lookups, stored } = open(fastly)
  stored('old', SIE)
  clock.advance(2000)
  const [leader, ...waiters] = lookups(3)
  fill(leader!, 'expired', { maxAgeMs: 1000, initialAgeMs: 5000 })
  assert.is(outcomesOf(waiters), 'lead-if-error waiting')
  assert.is(drain(waiters[0]!.object!.body.reader()).text, 'old')
  waiters[0]?.chooseStale()
  assert.is(drain(waiters[1]!.object!.body.reader()).text, 'old')
})

test('rfc9111: T53 when a leader stores an expired object, its waiters share that object as stale', () => {
  const { clock, lookups, stored } = open(rfc9111)
  stored('old', SIE)
  clock.advance(2000)
  const [leader, ...waiters] = lookups(3)
  fill(leader!, 'expired', { maxAgeMs: 1000, initialAgeMs: 5000 })
  assert.is(outcomesOf(waiters), 'stale stale')
})

test('L24 an object whose body breaks off is removed, and the next lookup leads', () => {
  const { lookup, cache } = open()
  const writer = lookup().insert(OK, { maxAgeMs: 1000 })
  const reading = lookup()
  writer.write(bytes('half'))
  writer.fail()
  assert.equal(drain(reading.object!.body.reader()), { text: 'half', end: 'failed' })
  const next = lookup()
  assert.is(outcomeOf(next), 'lead')
  assert.is(next.object, undefined)
  assert.is(cache.stats().objects, 0)
})

test('outdating an object makes it stale and opens its stale windows at that time; the obligation stays until the close', () => {
  const { cache, clock, lookup, stored } = open(rfc9111)
  stored('x', { maxAgeMs: 10_000, staleIfErrorMs: 1000 })
  const leader = lookup({}, { judge: () => 'expired' })
  const waiter = lookup({}, { judge: () => 'expired' })
  leader.outdate()
  assert.equal([cache.stats().obligations, outcomeOf(waiter)], [1, 'waiting'])
  leader.close()
  assert.is(outcomeOf(waiter), 'lead')
  waiter.close()
  const inWindow = lookup()
  assert.is(outcomeOf(inWindow), 'lead-if-error')
  inWindow.close()
  clock.advance(1001)
  assert.is(outcomeOf(lookup()), 'lead')
})

test('RFC 5861 4: a stale answer that only the request allows goes to those waiters whose own request allows it', () => {
  const { clock, lookup, stored } = open(rfc9111)
  stored('x', { maxAgeMs: 1000 })
  clock.advance(1000)
  const allowing = { judge: (): AgeClass => 'sie' }
  const leader = lookup({}, allowing)
  const waiters = [lookup({}, allowing), lookup(), lookup({}, allowing)]
  assert.is(outcomesOf([leader, ...waiters]), 'lead-if-error waiting waiting waiting')
  leader.chooseStale()
  assert.is(outcomesOf([leader, ...waiters]), 'stale-if-error stale-if-error lead stale-if-error')
})

test.run()
