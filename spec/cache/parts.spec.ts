/** A stored part: whom it serves, whom it makes lead, and how a leader builds on it (RFC 9111 3.3, 3.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import type { ResponseHead } from '../../lib/http/message.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import { refuses } from '../kit/refused.js'
import { all, bytes, drain, OK, open, type Setting, said } from './fixture.js'

const FRESH = { maxAgeMs: 10_000 }
const WITHIN = { range: 'bytes=5-6' }
const OUTSIDE = { range: 'bytes=0-6' }

function part(range: string): ResponseHead {
  return { status: 206, statusText: '', fields: [['content-range', `bytes ${range}`]] }
}

/** Bytes 4 to 8 of 20 are stored. */
function opened({ lookup }: Setting, options = FRESH): void {
  const leader = lookup()
  const writer = leader.insert(part('4-8/20'), options)
  writer.write(bytes('45678'))
  writer.finish()
  leader.close()
}

test('a fresh part is a hit for a range within it, and something to build on for the one who leads for the rest', () => {
  const setting = open()
  opened(setting)
  const { lookup } = setting
  assert.is(said(lookup(WITHIN)), 'hit')
  const leader = lookup(OUTSIDE)
  assert.is(said(leader), 'lead')
  assert.is(leader.object?.head.status, 206)
  assert.is(all([lookup(), lookup(WITHIN)]), 'waiting hit')
})

test('a part in a stale window answers in it only for what it holds', () => {
  const setting = open()
  opened(setting, { maxAgeMs: 0, staleWhileRevalidateMs: 10_000 } as typeof FRESH)
  setting.clock.advance(1)
  assert.is(all([setting.lookup(OUTSIDE), setting.lookup(WITHIN)]), 'lead stale')
})

test('where a policy stores no parts, what a hook has stored as 206 is an answer like any other', () => {
  const setting = open(resolvePolicy({ partialContent: 'refuse' }))
  opened(setting)
  assert.is(all([setting.lookup(), setting.lookup(OUTSIDE)]), 'hit hit')
})

test('who waited for a part that does not hold its range leads next, and the others wait on', () => {
  const { lookup } = open()
  const leader = lookup()
  const waiters = [lookup(OUTSIDE), lookup(WITHIN), lookup(OUTSIDE)]
  leader.insert(part('4-8/20'), FRESH)
  assert.is(all(waiters), 'lead hit waiting')
})

test('a stale part that a leader falls back to is no answer for those whose range it does not hold', () => {
  const setting = open()
  opened(setting, { maxAgeMs: 0, staleIfErrorMs: 10_000 } as typeof FRESH)
  setting.clock.advance(1)
  const { lookup } = setting
  const leader = lookup(WITHIN)
  const waiters = [lookup(WITHIN), lookup(OUTSIDE), lookup(OUTSIDE)]
  assert.is(all([leader, ...waiters]), 'lead-if-error waiting waiting waiting')
  leader.chooseStale()
  assert.is(all([leader, ...waiters]), 'stale-if-error stale-if-error lead waiting')
})

test('what is written goes between the ends of what is stored, which cost nothing and are read at once', () => {
  const setting = open()
  opened(setting)
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
  test(`a body with ${title} bytes than belong between them fails, and nothing is kept`, () => {
    const setting = open()
    opened(setting)
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

test('ends that are not there are refused, and the obligation is kept', () => {
  const setting = open()
  const cold = setting.lookup()
  const splice = { before: 1, bytes: 1, after: 0 }
  assert.throws(
    () => cold.insert(OK, { ...FRESH, splice }),
    (error: unknown) => error instanceof BadHandleError,
  )
  cold.close()
  opened(setting)
  const leader = setting.lookup()
  for (const wrong of [{ before: 6 }, { after: 6 }, { before: -1 }, { after: 0.5 }]) {
    refuses(() => leader.insert(OK, { ...FRESH, splice: { ...splice, ...wrong } }))
  }
  assert.ok(leader.obligation)
})

test('T106 of a part that was purged meanwhile the leader alone gets the whole', () => {
  const setting = open()
  opened(setting)
  const leader = setting.lookup()
  const waiter = setting.lookup()
  setting.cache.purge({ key: 'k' })
  const splice = { before: 5, bytes: 1, after: 0 }
  const { writer, entry } = leader.insertAndStreamBack(OK, { ...FRESH, length: 6, splice })
  writer.write(bytes('9'))
  writer.finish()
  assert.equal(drain(entry.object!.body.reader()), { text: '456789', end: 'clean' })
  assert.is(said(waiter), 'lead')
  assert.is(setting.cache.stats().objects, 0)
})

test.run()
