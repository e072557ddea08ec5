/** A stored part: which lookups it answers, which lead, and how a leader builds on it (RFC 9111 3.3, 3.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import type { ResponseHead } from '../../lib/http/message.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import { refuses } from '../kit/refused.js'
import { bytes, drain, OK, open, outcomeOf, outcomesOf, type Setting } from './fixture.js'

const FRESH = { maxAgeMs: 10_000 }
const WITHIN = { range: 'bytes=5-6' }
const OUTSIDE = { range: 'bytes=0-6' }

function part(range: string): ResponseHead {
  return { status: 206, statusText: '', fields: [['content-range', `bytes ${range}`]] }
}

/** Stores bytes 4 to 8 of 20. */
function storePart({ lookup }: Setting, options = FRESH): void {
  const leader = lookup()
  const writer = leader.insert(part('4-8/20'), options)
  writer.write(bytes('45678'))
  writer.finish()
  leader.close()
}

test('a fresh part is a hit for a range within it; a lookup for more leads, and finds the part to build on', () => {
  const setting = open()
  storePart(setting)
  const { lookup } = setting
  assert.is(outcomeOf(lookup(WITHIN)), 'hit')
  const leader = lookup(OUTSIDE)
  assert.is(outcomeOf(leader), 'lead')
  assert.is(leader.object?.head.status, 206)
  assert.is(outcomesOf([lookup(), lookup(WITHIN)]), 'waiting hit')
})

test('a part in its stale-while-revalidate window answers only a range that it holds', () => {
  const setting = open()
  storePart(setting, { maxAgeMs: 0, staleWhileRevalidateMs: 10_000 } as typeof FRESH)
  setting.clock.advance(1)
  assert.is(outcomesOf([setting.lookup(OUTSIDE), setting.lookup(WITHIN)]), 'lead stale')
})

test('under a policy that stores no parts, a stored 206 answers any range, as any object does', () => {
  const setting = open(resolvePolicy({ partialContent: 'refuse' }))
  storePart(setting)
  assert.is(outcomesOf([setting.lookup(), setting.lookup(OUTSIDE)]), 'hit hit')
})

test('a waiter whose range a new part does not hold leads next, and others like it wait on', () => {
  const { lookup } = open()
  const leader = lookup()
  const waiters = [lookup(OUTSIDE), lookup(WITHIN), lookup(OUTSIDE)]
  leader.insert(part('4-8/20'), FRESH)
  assert.is(outcomesOf(waiters), 'lead hit waiting')
})

test('a stale part that a leader falls back to does not answer waiters whose range it does not hold', () => {
  const setting = open()
  storePart(setting, { maxAgeMs: 0, staleIfErrorMs: 10_000 } as typeof FRESH)
  setting.clock.advance(1)
  const { lookup } = setting
  const leader = lookup(WITHIN)
  const waiters = [lookup(WITHIN), lookup(OUTSIDE), lookup(OUTSIDE)]
  assert.is(outcomesOf([leader, ...waiters]), 'lead-if-error waiting waiting waiting')
  leader.chooseStale()
  assert.is(outcomesOf([leader, ...waiters]), 'stale-if-error stale-if-error lead waiting')
})

test('a splice puts the written bytes between the ends of the stored part, and the first end is readable at once', () => {
  const setting = open()
  storePart(setting)
  const leader = setting.lookup()
  const splice = { before: 3, bytes: 2, after: 1 }
  const { writer, entry } = leader.insertAndStreamBack(OK, { ...FRESH, length: 6, splice })
  const reader = entry.object!.body.reader()
  assert.equal(drain(reader), { text: '456', end: 'open' })
  writer.write(bytes('ab'))
  assert.equal(drain(reader), { text: 'ab', end: 'open' })
  writer.finish()
  assert.equal(drain(reader), { text: '8', end: 'clean' })
  assert.is(drain(setting.lookup().object!.body.reader()).text, '456ab8')
  assert.is(setting.cache.stats().objects, 1)
})

for (const [title, written] of [
  ['fewer', 'a'],
  ['more', 'abc'],
] as const) {
  test(`a splice with ${title} bytes than declared fails, and nothing stays stored`, () => {
    const setting = open()
    storePart(setting)
    const leader = setting.lookup()
    const splice = { before: 3, bytes: 2, after: 1 }
    const { writer, entry } = leader.insertAndStreamBack(OK, { ...FRESH, length: 6, splice })
    assert.throws(() => {
      writer.write(bytes(written))
      writer.finish()
    }, /bytes declared/)
    assert.is(drain(entry.object!.body.reader()).end, 'failed')
    assert.is(setting.cache.stats().objects, 0)
  })
}

test('a splice onto ends that are not stored is refused, and the leader keeps its obligation', () => {
  const setting = open()
  const cold = setting.lookup()
  const splice = { before: 1, bytes: 1, after: 0 }
  assert.throws(
    () => cold.insert(OK, { ...FRESH, splice }),
    (error: unknown) => error instanceof BadHandleError,
  )
  cold.close()
  storePart(setting)
  const leader = setting.lookup()
  for (const wrong of [{ before: 6 }, { after: 6 }, { before: -1 }, { after: 0.5 }]) {
    refuses(() => leader.insert(OK, { ...FRESH, splice: { ...splice, ...wrong } }))
  }
  assert.ok(leader.leads)
})

test('T106 a splice onto a part that was purged meanwhile serves its leader alone, and is not stored', () => {
  const setting = open()
  storePart(setting)
  const leader = setting.lookup()
  const waiter = setting.lookup()
  setting.cache.purge({ key: 'k' })
  const splice = { before: 5, bytes: 1, after: 0 }
  const { writer, entry } = leader.insertAndStreamBack(OK, { ...FRESH, length: 6, splice })
  writer.write(bytes('9'))
  writer.finish()
  assert.equal(drain(entry.object!.body.reader()), { text: '456789', end: 'clean' })
  assert.is(outcomeOf(waiter), 'lead')
  assert.is(setting.cache.stats().objects, 0)
})

test.run()
