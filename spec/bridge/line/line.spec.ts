/** A line brings every message whole, once, in the order it was sent, whether it went by ring or by port. */

import { once } from 'node:events'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sleepThread } from '../../../lib/base/thread.js'
import { Line, type LineOptions, lineMemory } from '../../../lib/bridge/line/line.js'
import { TestClock } from '../../kit/test-clock.js'

/** About as large as a message may be that goes by ring. */
const BY_RING = 60_000
const BY_PORT = 70_000

function pair(options: LineOptions = {}) {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  const guest = new Line<unknown, unknown>(port1, memory, 'guest', options)
  const host = new Line<unknown, unknown>(port2, memory, 'host', options)
  return {
    guest,
    host,
    port1,
    port2,
    memory,
    async [Symbol.asyncDispose]() {
      const closed = once(port1, 'close')
      guest.close()
      host.close()
      await closed
    },
  }
}

function drain(line: Line<unknown, unknown>): unknown[] {
  const all: unknown[] = []
  for (let message = line.receive(); message !== undefined; message = line.receive()) all.push(message.say)
  return all
}

test('messages by ring and by port are received in the order they were sent, without any event loop', async () => {
  await using line = pair()
  const sent: unknown[] = []
  for (let nth = 0; nth < 50; nth++) {
    const say = { nth }
    sent.push(say)
    if (nth % 5 === 3) line.host.send({ say, shared: [new Uint8Array(new SharedArrayBuffer(8))] })
    else line.host.send({ say, bytes: new Uint8Array(nth % 7 === 2 ? BY_PORT : nth * 100) })
  }
  assert.equal(drain(line.guest), sent)
})

test('a message that has no room in a full ring goes by port, and the order holds while the ring empties', async () => {
  await using line = pair()
  const sent: number[] = []
  const received: unknown[] = []
  for (let nth = 0; nth < 100; nth++) {
    sent.push(nth)
    line.host.send({ say: nth, bytes: new Uint8Array(20_000) })
    if (nth % 3 === 0) received.push(line.guest.receive()?.say)
  }
  assert.equal([...received, ...drain(line.guest)], sent)
})

test('a message that may be missed is dropped where no ring has room, so that none pile up before an absent reader', async () => {
  const clock = new TestClock()
  await using line = pair({ clock })
  const bytes = new Uint8Array(20_000)
  for (let nth = 0; nth < 100; nth++) {
    line.host.send({ say: nth, bytes }, 'drop')
    clock.advance(100)
  }
  line.host.send({ say: 'last', bytes })
  const received = drain(line.guest)
  const kept = received.length - 1
  assert.ok(kept > 0 && kept * bytes.length < 512 * 1024, `${kept} were kept`)
  assert.equal(received, [...Array.from({ length: kept }, (_, nth) => nth), 'last'])
  line.host.send({ say: 'there is room', bytes }, 'drop')
  assert.equal(drain(line.guest), ['there is room'])
})

test('messages received by the event loop come in the order they were sent', async () => {
  await using line = pair()
  const received: unknown[] = []
  const done = new Promise<void>((resolve) => {
    line.guest.onMail(() => {
      do received.push(...drain(line.guest))
      while (!line.guest.rest())
      if (received.length === 30) resolve()
    })
  })
  line.guest.hold(true)
  assert.ok(line.guest.rest())
  for (let nth = 0; nth < 30; nth++) line.host.send({ say: nth, bytes: new Uint8Array(nth % 3 === 0 ? BY_PORT : 10) })
  await done
  assert.equal(
    received,
    Array.from({ length: 30 }, (_, nth) => nth),
  )
})

test('bytes arrive as they were, at every length around the limits', async () => {
  await using line = pair()
  const lengths = [0, 1, 3, 4, 5, 16_383, 16_384, 16_385, 65_000, 65_515, 65_516, 65_536, 1_000_000, 20 * 1024 * 1024]
  for (const length of lengths) {
    const bytes = Uint8Array.from({ length: Math.min(length, 997) }, (_, at) => at)
    const body = new Uint8Array(length).map((_, at) => bytes[at % 997] ?? 0)
    line.guest.send({ say: length, bytes: body })
    const received = line.host.receive()
    assert.is(received?.say, length)
    assert.is(Buffer.compare(received?.bytes ?? Buffer.from('none'), body), 0, `${length} bytes`)
  }
})

test('a view sent by port brings its own bytes without the memory around it, and shared memory is copied', async () => {
  await using line = pair()
  const around = new Uint8Array(10 * BY_PORT).fill(1)
  line.guest.send({ say: 'view', bytes: around.subarray(5, 5 + BY_PORT) })
  const view = line.host.receive()?.bytes
  assert.is(view?.buffer.byteLength, BY_PORT)
  const sent = new Uint8Array(new SharedArrayBuffer(BY_PORT)).fill(1)
  line.guest.send({ say: 'shared', bytes: sent })
  sent.fill(2)
  assert.is(line.host.receive()?.bytes?.[0], 1)
})

test('memory given as shared is the same memory on the other side', async () => {
  await using line = pair()
  const chunk = new Uint8Array(new SharedArrayBuffer(100)).subarray(10, 20)
  line.host.send({ say: 'chunk', shared: [chunk] })
  const [received] = line.guest.receive()?.shared ?? []
  chunk.fill(7)
  assert.equal([...(received ?? [])], new Array(10).fill(7))
})

test('text is received as it was sent, whatever is in it', async () => {
  await using line = pair()
  const texts = [
    '',
    '\0',
    'a\0b',
    'ÿþ',
    'naïve \u0080\u00ff',
    '\ud800',
    '\udfff\ud800 halves',
    '😀',
    '\u2028',
    '"\\',
    '中'.repeat(20_000),
    'x'.repeat(BY_RING),
    '😀'.repeat(BY_RING / 2),
  ]
  for (const text of texts) {
    line.guest.send({ say: { fields: [['x', text]] } })
    assert.equal(line.host.receive()?.say, { fields: [['x', text]] })
  }
})

test('a field that is undefined is received as absent', async () => {
  await using line = pair()
  line.guest.send({ say: { there: 1, absent: undefined, inside: { absent: undefined } } })
  assert.equal(line.host.receive()?.say, { there: 1, inside: {} })
})

test('a message that cannot be serialized throws at its send, and the next message is received', async () => {
  await using line = pair()
  assert.throws(() => line.guest.send({ say: { amount: 5n } }), TypeError)
  assert.throws(() => line.guest.send({ say: { call: () => {} }, shared: [] }), /could not be cloned/)
  line.guest.send({ say: 'next' })
  assert.equal(drain(line.host), ['next'])
})

test('message numbers may pass 2^32', async () => {
  await using line = pair({ first: 2 ** 32 - 3 })
  for (let nth = 0; nth < 8; nth++) line.guest.send({ say: nth, bytes: new Uint8Array(nth % 2 === 0 ? 1 : BY_PORT) })
  assert.equal(drain(line.host), [0, 1, 2, 3, 4, 5, 6, 7])
})

test('a closed line receives nothing, sends nothing, and has no mail', async () => {
  await using line = pair()
  line.host.send({ say: 'by ring' })
  line.host.send({ say: 'by port', bytes: new Uint8Array(BY_PORT) })
  line.guest.close()
  assert.is(line.guest.receive(), undefined)
  assert.ok(line.guest.rest())
  line.guest.send({ say: 'late' })
  assert.is(line.host.receive(), undefined)
})

test("an end that was closed writes nothing more to the memory, which may be the next guest's by then", async () => {
  const clock = new TestClock()
  await using line = pair({ clock })
  // Larger than the initial ring, so that a timer is set to move back to that.
  line.host.send({ say: 'not announced yet', bytes: new Uint8Array(BY_RING) })
  line.host.close()
  line.guest.rest()
  const before = Buffer.from(line.memory.slice(0))
  line.host.send({ say: 'late' })
  line.host.flush()
  line.host.turn()
  line.host.listen()
  assert.ok(line.host.rest())
  assert.is(line.host.block(0), 'woken')
  clock.advance(5000)
  assert.ok(before.equals(Buffer.from(line.memory)))
})

test('a thread does not block while there is mail, whether that came by ring or by port, and was taken from there or not', async () => {
  await using line = pair()
  const shared = [new Uint8Array(new SharedArrayBuffer(8))]
  line.host.send({ say: 'by ring' })
  line.host.send({ say: 'by port', shared })
  assert.is(line.guest.block(10_000), 'mail')
  assert.is(line.guest.receive()?.say, 'by ring')
  assert.is(line.guest.block(10_000), 'mail')
  const delivered = once(line.port1, 'message')
  line.guest.hold(true)
  await delivered
  assert.is(line.guest.block(10_000), 'mail')
  assert.not(line.guest.rest())
  assert.equal(drain(line.guest), ['by port'])
})

test('an end that closes wakes the other end first', async () => {
  const line = pair()
  let mails = 0
  line.guest.onMail(() => mails++)
  line.guest.hold(true)
  line.guest.rest()
  const closed = once(line.port1, 'close')
  line.host.close()
  await closed
  assert.is(mails, 1)
})

test('a message or a move is on its way by port before it is counted: else a reader in between would take the line for cut', async () => {
  await using line = pair()
  const post = line.port2.postMessage.bind(line.port2)
  let posts = 0
  line.port2.postMessage = (...args: Parameters<typeof post>) => {
    posts++
    assert.is(line.guest.receive(), undefined)
    post(...args)
  }
  line.host.send({ say: 'moves', bytes: new Uint8Array(BY_RING) })
  assert.is(line.guest.receive()?.say, 'moves')
  line.host.send({ say: 'by port', bytes: new Uint8Array(BY_PORT) })
  assert.is(line.guest.receive()?.say, 'by port')
  assert.is(posts, 2)
})

test('a line that has lost a message, because that cannot be deserialized, is closed', async () => {
  await using line = pair()
  line.port1.emit('messageerror', new Error('lost'))
  assert.not(line.guest.isOpen)
})

test('a line whose other end has died gives up on a message that was counted and never sent', async () => {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  const guest = new Line(port1, memory, 'guest')
  const host = new Line(port2, memory, 'host')
  host.send({ say: 'by port', bytes: new Uint8Array(BY_PORT) })
  // As a thread that dies leaves it: one message was counted and never came.
  Atomics.add(new Int32Array(memory), 8 + 2, 1)
  const closed = once(port1, 'close')
  host.close()
  assert.is(guest.receive()?.say, 'by port')
  assert.is(guest.receive(), undefined)
  assert.ok(guest.rest())
  await closed
})

test('a line whose thread is being ended, and which receives undefined for a message, is closed', async () => {
  await using line = pair()
  line.host.send({ say: 'lost', bytes: new Uint8Array(BY_PORT) })
  assert.equal(receiveMessageOnPort(line.port1)?.message.say, 'lost')
  line.port2.postMessage(undefined)
  assert.is(line.guest.receive(), undefined)
  assert.not(line.guest.isOpen)
})

test('each side of a line sees how often the other side has turned', async () => {
  await using line = pair()
  line.guest.turn()
  line.guest.turn()
  assert.equal([line.host.turns, line.guest.turns], [2, 0])
})

test('a thread that blocks can see that the thread at the other end has ended, though its event loop is not told', async () => {
  const { port1, port2 } = new MessageChannel()
  const guest = new Line(port1, lineMemory(), 'guest')
  const others = 'require("node:worker_threads").parentPort.once("message", () => process.exit())'
  const other = new Worker(others, { eval: true, workerData: port2, transferList: [port2] })
  await once(other, 'online')
  assert.not(guest.isCut())
  other.postMessage('end')
  while (!guest.isCut()) sleepThread(1)
  await once(other, 'exit')
})

test('to be asked whether it is there is no mail for the other end', async () => {
  await using line = pair()
  let mails = 0
  line.host.onMail(() => mails++)
  line.host.hold(true)
  assert.not(line.guest.isCut())
  line.guest.send({ say: 'mail' })
  await once(line.port2, 'message')
  assert.equal(drain(line.host), ['mail'])
  assert.equal([line.host.isOpen, mails], [true, 0])
})

test.run()
