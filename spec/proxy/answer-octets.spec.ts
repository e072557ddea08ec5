/** One serialized answer is sent many times: each client gets the number of its own hit, even while another is still being sent. */

import type { Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fields } from '../../lib/http/message.js'
import { AnswerOctets, type AnswerOctetsOptions } from '../../lib/proxy/answer-octets.js'

const KEPT: AnswerOctetsOptions = { method: 'GET', via: ['via', '1.1 here'], keepAliveMs: 5000, wallNowMs: 0 }
const FIELDS: Fields = [
  ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['x-cache-hits', '1'],
]
const LINES = 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n'

/** What was written, by reference: a later change of it shows. */
class Wire {
  readonly written: Buffer[] = []
  /** Bytes that the system has not taken yet. */
  writableLength = 0
  cork(): void {}
  uncork(): void {}
  write(octets: Buffer): boolean {
    this.written.push(octets)
    return true
  }
  get text(): string {
    return Buffer.concat(this.written).toString('latin1')
  }
}

interface Said {
  readonly statusText?: string
  readonly body?: readonly Uint8Array[]
  readonly hits?: number
  readonly fields?: Fields
  readonly status?: number
}

function octets(
  { body = [Buffer.from('hello')], hits, fields = FIELDS, status = 200, statusText = 'OK' }: Said = {},
  options = KEPT,
): AnswerOctets {
  return new AnswerOctets({ head: { status, statusText, fields }, body, hits }, options)
}

function send(said: AnswerOctets, hits: number | undefined, wire = new Wire()): Wire {
  said.send(wire as unknown as Socket, hits)
  return wire
}

test('an answer without a reason phrase gets the standard one of its status, where there is one', () => {
  for (const [status, line] of [
    [200, 'HTTP/1.1 200 OK\r\n'],
    [404, 'HTTP/1.1 404 Not Found\r\n'],
    [299, 'HTTP/1.1 299 unknown\r\n'],
  ] as const)
    assert.ok(send(octets({ status, statusText: '' }), undefined).text.startsWith(line))
})

test('an answer is its head with the number of its hit, and its body', () => {
  const said = octets({ hits: 1 })
  const text = (hits: number) =>
    `HTTP/1.1 200 OK\r\ndate: ${FIELDS[0]?.[1]}\r\nx-cache-hits: ${hits}\r\nvia: 1.1 here\r\ncontent-length: 5\r\n${LINES}hello`
  for (const hits of [1, 2, 9, 10, 12_345, 3]) assert.is(send(said, hits).text, text(hits))
})

for (const [what, said, method] of [
  ['the answer to HEAD', {}, 'HEAD'],
  ['a 204', { status: 204 }, 'GET'],
  ['a 304', { status: 304 }, 'GET'],
  ['a 304 with more than fits into one piece', { status: 304, body: [Buffer.alloc(9000)] }, 'GET'],
] as const) {
  test(`${what} ends with its head, whatever body there is`, () => {
    assert.ok(send(octets(said, { ...KEPT, method }), undefined).text.endsWith('\r\n\r\n'))
    assert.ok(send(octets({ ...said, hits: 1 }, { ...KEPT, method }), 1).text.endsWith('\r\n\r\n'))
  })
}

test('where hits are not counted, what the origin says of its own stays', () => {
  assert.match(send(octets(), undefined).text, /x-cache-hits: 1\r\n/)
  assert.match(send(octets({ hits: 7, fields: [] }), 7).text, /^HTTP\/1\.1 200 OK\r\nvia/)
})

test('a buffer that the system has not taken is not changed, and one that it has is used again', () => {
  const said = octets({ hits: 1 })
  const slow = new Wire()
  slow.writableLength = 1
  send(said, 1, slow)
  const quick = send(said, 2)
  assert.match(slow.text, /x-cache-hits: 1\r\n/)
  assert.match(quick.text, /x-cache-hits: 2\r\n/)
  assert.is(send(said, 3).written[0], quick.written[0])
})

test('a large body is not copied, a small one is copied behind its head', () => {
  const body = [new Uint8Array(5000).fill(97), new Uint8Array(10).fill(98)]
  const { written } = send(octets({ body, hits: 1 }), 1)
  assert.equal(
    written.slice(1).map(({ buffer }) => buffer),
    body.map(({ buffer }) => buffer),
  )
  assert.is(send(octets({ hits: 1 }), 1).written.length, 1)
})

test('an answer to HEAD has no body and no added length, and a connection without a time limit announces none', () => {
  const text = send(octets({ body: [] }, { ...KEPT, method: 'HEAD' }), undefined).text
  assert.not(text.includes('content-length'))
  const kept = send(octets({}, { ...KEPT, keepAliveMs: Number.POSITIVE_INFINITY }), undefined).text
  assert.not(kept.includes('Keep-Alive'))
})

test('a field line that could be read as two is refused', () => {
  assert.throws(() => octets({ fields: [['x', 'a\r\nb: c']] }), /Invalid character/)
  assert.throws(() => octets({ fields: [['x y', 'a']] }), /valid HTTP token/)
  assert.throws(() => new AnswerOctets({ head: { status: 200, statusText: 'O\r\nK', fields: [] }, body: [] }, KEPT))
})

test.run()
