/** A body goes to its guest as it comes, no further than the guest has room, and has one listener at a time. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BodyReader } from '../../../lib/base/body.js'
import { Outbox, wholeInHand } from '../../../lib/bridge/hosting/outbox.js'
import type { Line } from '../../../lib/bridge/line/line.js'
import type { Message } from '../../../lib/bridge/line/messages.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'
import { StoredBody } from '../../../lib/store/body.js'

const STREAM = 2
const WINDOW_BYTES = 4 * 1024 * 1024
const MOST_MESSAGES = 1024

/** An outbox that sends one body, and the messages it has sent. */
function sending() {
  const said: ToGuest[] = []
  let sentBytes = 0
  const send = ({ say, bytes, shared = [] }: Message<ToGuest>) => {
    said.push(say)
    for (const chunk of [...(bytes ? [bytes] : []), ...shared]) sentBytes += chunk.byteLength
  }
  const outbox = new Outbox({ send } as unknown as Line<ToGuest, ToHost>)
  const body = new StoredBody()
  const reader = body.reader()
  const onReady = reader.onReady.bind(reader)
  let listened = 0
  reader.onReady = (listener) => {
    listened++
    return onReady(listener)
  }
  outbox.begin(STREAM, reader)
  return {
    outbox,
    writer: body.writer,
    reader,
    get said() {
      return said.map(({ is }) => is)
    },
    get sentBytes() {
      return sentBytes
    },
    get listened() {
      return listened
    },
  }
}

test('a body that is waited for has one listener, however often its guest has room for more', () => {
  const sent = sending()
  for (let time = 0; time < 5; time++) sent.outbox.credit(STREAM, 1000)
  assert.is(sent.listened, 1)
  sent.writer.write(new Uint8Array(10))
  assert.equal([sent.said, sent.sentBytes, sent.listened], [['chunk'], 10, 2])
})

test('a guest is sent one window of a body, and then as much as it has read', () => {
  const sent = sending()
  const chunk = new Uint8Array(WINDOW_BYTES / 4)
  for (let nth = 0; nth < 6; nth++) sent.writer.write(chunk)
  assert.is(sent.sentBytes, WINDOW_BYTES)
  sent.outbox.credit(STREAM, chunk.byteLength)
  assert.is(sent.sentBytes, WINDOW_BYTES + chunk.byteLength)
  sent.writer.finish()
  sent.outbox.credit(STREAM, chunk.byteLength + 1)
  assert.is(sent.sentBytes, 6 * chunk.byteLength)
  assert.is(sent.said.at(-1), 'end')
  assert.not(sent.outbox.sends(sent.reader))
})

test('a guest that takes in no messages is sent some thousand small ones of a body, and the others as it takes them in', () => {
  const sent = sending()
  const pieces = 3000
  for (let nth = 0; nth < pieces; nth++) sent.writer.write(new Uint8Array(1))
  assert.is(sent.said.length, MOST_MESSAGES)
  sent.outbox.credit(STREAM, 1000)
  assert.is(sent.said.length, MOST_MESSAGES)
  sent.writer.finish()
  sent.outbox.taken(STREAM, 256)
  assert.ok(sent.said.length <= MOST_MESSAGES + 256)
  assert.equal([sent.sentBytes, sent.said.at(-1)], [pieces, 'end'])
})

test('room for a body that was closed sends nothing', () => {
  const sent = sending()
  sent.outbox.close(STREAM)
  sent.outbox.credit(STREAM, 1000)
  assert.throws(() => sent.reader.read(), /cancelled/)
  assert.equal(sent.said, [])
})

test('a whole body crosses by references if all of it is shared, and copied if it has 16 KiB at most', () => {
  const crosses = (...chunks: readonly Uint8Array[]) =>
    wholeInHand({ inHand: () => chunks, cancel() {} } as unknown as BodyReader)
  const shared = new Uint8Array(new SharedArrayBuffer(20_000))
  const own = new Uint8Array(16 * 1024)
  assert.equal(crosses(shared, shared), { shared: [shared, shared] })
  assert.equal(crosses(own), { bytes: own })
  assert.is(crosses(own, new Uint8Array(1)), undefined)
  assert.is(crosses(shared, new Uint8Array(1)), undefined)
  assert.is(crosses()?.bytes?.byteLength, 0)
})

test.run()
