/** What one client gets of a stored response: 304, a range, a head alone, or the whole. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { adapt } from '../../lib/http/adapt.js'
import { first, has, values, without } from '../../lib/http/message.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { answer, get, head, lines } from './heads.js'

const STORED = answer(
  200,
  'Cache-Control: max-age=60',
  'Content-Type: text/plain',
  'ETag: "a"',
  'Date: Sun, 06 Nov 1994 08:49:37 GMT',
  'Last-Modified: Sun, 06 Nov 1994 08:00:00 GMT',
  'Vary: accept',
  'Age: 5',
  'Content-Length: 10',
)
const FOUND = { head: STORED, ageSeconds: 8, length: 10 }

test('a plain request gets the whole stored response, with its present Age', () => {
  const { head: sent, body } = adapt(get(), FOUND, rfc9111)
  assert.is(sent.status, 200)
  assert.is(body, 'whole')
  assert.equal(sent.fields.slice(-3), lines('Age: 8', 'Accept-Ranges: bytes', 'Content-Length: 10'))
  assert.is(sent.fields.filter(([name]) => name === 'age').length, 1)
})

test('a response of unknown length claims no Content-Length', () => {
  const { head: sent } = adapt(get(), { ...FOUND, length: undefined }, rfc9111)
  assert.not(has(sent.fields, 'content-length'))
})

test('T81: a matching If-None-Match gets 304 with the fields RFC 9110 15.4.5 lists, and no body', () => {
  const { head: sent, body } = adapt(get('If-None-Match: "a"', 'Range: bytes=0-1'), FOUND, rfc9111)
  assert.is(sent.status, 304)
  assert.is(body, 'none')
  assert.equal(
    sent.fields.map(([name]) => name),
    ['cache-control', 'etag', 'date', 'last-modified', 'vary', 'age'],
  )
})

test('under fastly a 304 has Accept-Ranges in place of Age', () => {
  const { head: sent } = adapt(get('If-None-Match: "a"'), FOUND, fastly)
  assert.not(has(sent.fields, 'age'))
  assert.is(first(sent.fields, 'accept-ranges'), 'bytes')
})

test('T83: Range bytes=0-0 gets one byte; under fastly it gets everything', () => {
  const one = adapt(get('Range: bytes=0-0'), FOUND, rfc9111)
  assert.is(one.head.status, 206)
  assert.equal(one.body, { start: 0, end: 1 })
  assert.is(first(one.head.fields, 'content-range'), 'bytes 0-0/10')
  assert.is(first(one.head.fields, 'content-length'), '1')
  assert.is(adapt(get('Range: bytes=0-0'), FOUND, fastly).head.status, 200)
})

test('two Range lines are ignored', () => {
  assert.is(adapt(get('Range: bytes=0-1', 'Range: bytes=2-3'), FOUND, rfc9111).head.status, 200)
})

test('T84: a range beyond the end gets a 416 that tells the complete length', () => {
  const { head: sent, body } = adapt(get('Range: bytes=10-'), FOUND, rfc9111)
  assert.is(sent.status, 416)
  assert.is(body, 'none')
  assert.is(first(sent.fields, 'content-range'), 'bytes */10')
  assert.not(has(sent.fields, 'etag'))
  assert.is(first(sent.fields, 'vary'), 'accept')
})

test('RFC 9110 14.2: If-Range lets a range count only for the stored strong tag; under fastly never', () => {
  const ranged = (tag: string) => get('Range: bytes=0-1', `If-Range: ${tag}`)
  assert.is(adapt(ranged('"a"'), FOUND, rfc9111).head.status, 206)
  assert.is(adapt(ranged('"b"'), FOUND, rfc9111).head.status, 200)
  assert.is(adapt(ranged('"a"'), FOUND, fastly).head.status, 200)
})

test('T87: HEAD gets the Content-Length and no body, and its Range is ignored', () => {
  const { head: sent, body } = adapt(head('Range: bytes=0-1'), FOUND, rfc9111)
  assert.is(sent.status, 200)
  assert.is(body, 'none')
  assert.is(first(sent.fields, 'content-length'), '10')
})

test('RFC 9110 13.2.1: only a stored 200 becomes 304, 206 or 416', () => {
  const missing = { ...FOUND, head: { ...STORED, status: 404 } }
  assert.is(adapt(get('If-None-Match: *'), missing, rfc9111).head.status, 404)
  const ranged = adapt(get('Range: bytes=0-1'), missing, rfc9111)
  assert.is(ranged.head.status, 404)
  assert.is(ranged.body, 'whole')
  assert.not(has(ranged.head.fields, 'accept-ranges'))
})

test('RFC 9110 8.6: a 204 has no Content-Length', () => {
  const { head: sent } = adapt(get(), { ...FOUND, head: answer(204), length: 0 }, rfc9111)
  assert.not(has(sent.fields, 'content-length'))
})

test('adapting leaves the stored head as it is', () => {
  const before = JSON.stringify(STORED)
  adapt(get('Range: bytes=0-1'), FOUND, rfc9111)
  assert.is(JSON.stringify(STORED), before)
})

const PART = {
  head: {
    ...STORED,
    status: 206,
    fields: [...without(STORED.fields, 'content-length'), ...lines('Content-Range: bytes 4-8/20')],
  },
  ageSeconds: 8,
  length: 5,
}

/** What is served of a stored `4-8/20`: the range, and the bytes of the stored body; or the part as it came. */
const ofPart: readonly (readonly [range: string, served: string])[] = [
  ['bytes=4-8', 'bytes 4-8/20: 0..5'],
  ['bytes=5-6', 'bytes 5-6/20: 1..3'],
  ['bytes=4-9', 'as it came'],
  ['bytes=3-5', 'as it came'],
  ['bytes=5-', 'as it came'],
  ['bytes=-3', 'as it came'],
  ['bytes=30-', 'as it came'],
]

for (const [range, served] of ofPart) {
  test(`RFC 9111 3.3: of a stored part 4-8/20, ${range} gets ${served}`, () => {
    const { head: sent, body } = adapt(get(`Range: ${range}`), PART, rfc9111)
    assert.is(sent.status, 206)
    const told = `${values(sent.fields, 'content-range').join()}: ${JSON.stringify(body)}`
    const wholly = 'bytes 4-8/20: "whole"'
    assert.is(told.replace(/\{"start":(\d+),"end":(\d+)\}/, '$1..$2'), served === 'as it came' ? wholly : served)
    const bytes = typeof body === 'object' ? (body.end ?? 0) - body.start : 5
    assert.equal(values(sent.fields, 'content-length'), [String(bytes)])
  })
}

test('RFC 9110 13.2.2: a condition is evaluated before the range, within a stored part too', () => {
  const conditional = (range: string) => adapt(get(`Range: ${range}`, 'If-None-Match: "a"'), PART, rfc9111).head.status
  assert.is(conditional('bytes=5-6'), 304)
  assert.is(conditional('bytes=5-10'), 206, 'what the part cannot answer, it cannot answer by a condition either')
})

test('a range whose If-Range does not match is not cut from a stored part', () => {
  const { body } = adapt(get('Range: bytes=5-6', 'If-Range: "b"'), PART, rfc9111)
  assert.is(body, 'whole')
})

test.run()
