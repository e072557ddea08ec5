/** Work on one of many bodies under way does not go through the others. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Streams } from '../../../lib/bridge/guest/streams.js'
import { Uploads } from '../../../lib/bridge/guest/upload.js'
import type { ToHost } from '../../../lib/bridge/line/protocol.js'
import { microtasks } from '../../scheduler/fixture.js'

const MANY = 100
const MOST_UNREAD = 1024 * 1024

/** How many members of maps are visited by `act`. */
function visits(act: () => void): number {
  const { values, entries } = Map.prototype
  const iterator = Map.prototype[Symbol.iterator]
  let visited = 0
  const counting = <A extends unknown[], R>(walk: (...given: A) => R) =>
    function (this: Map<unknown, unknown>, ...given: A): R {
      visited += this.size
      return walk.apply(this, given)
    }
  Object.assign(Map.prototype, {
    values: counting(values),
    entries: counting(entries),
    [Symbol.iterator]: counting(iterator),
  })
  try {
    act()
  } finally {
    Object.assign(Map.prototype, { values, entries, [Symbol.iterator]: iterator })
  }
  return visited
}

test('a held stream is given back by its number, without going through the others', () => {
  const streams = new Streams({ tell: () => {}, changed: () => {} })
  const bodies = Array.from({ length: MANY }, (_, number) => streams.come(number, undefined, 'held'))
  const given: (number | undefined)[] = []
  const visited = visits(() => {
    for (const body of bodies) given.push(streams.giveBack(body))
  })
  assert.equal(
    given,
    bodies.map((_, number) => number),
  )
  assert.is(visited, 0)
  assert.is(streams.giveBack(bodies[0]!), undefined)
})

test('a stream that flows, or was closed, is not given back', () => {
  const streams = new Streams({ tell: () => {}, changed: () => {} })
  assert.is(streams.giveBack(streams.come(1, undefined)), undefined)
  const flows = streams.come(2, undefined, 'held')
  flows.onReady(() => {})
  assert.is(streams.giveBack(flows), undefined)
  const closed = streams.come(3, undefined, 'held')
  closed.cancel()
  assert.is(streams.giveBack(closed), undefined)
})

test('a held stream is asked for once, at the first wait for it, and a stream that flows is not', () => {
  const told: ToHost[] = []
  const streams = new Streams({ tell: (say) => told.push(say), changed: () => {} })
  for (const [number, flow] of [[1, undefined] as const, [2, 'held'] as const]) {
    const body = streams.come(number, undefined, flow)
    for (let time = 0; time < 3; time++) body.onReady(() => {})()
  }
  assert.equal(told, [{ do: 'credit', stream: 2, bytes: 0 }])
})

test('bytes read of a stream are reported a mebibyte at a time, and not once the stream has all come', () => {
  const told: ToHost[] = []
  const streams = new Streams({ tell: (say) => told.push(say), changed: () => {} })
  const body = streams.come(1, undefined)
  const arriveAndRead = (chunks: number) => {
    for (let nth = 0; nth < chunks; nth++) streams.arrive(1, [new Uint8Array(MOST_UNREAD / 4)])
    if (chunks === 4) streams.end(1, undefined)
    for (let nth = 0; nth < chunks; nth++) assert.is(body.read()?.byteLength, MOST_UNREAD / 4)
  }
  arriveAndRead(3)
  assert.equal(told, [])
  arriveAndRead(6)
  assert.equal(told, new Array(2).fill({ do: 'credit', stream: 1, bytes: MOST_UNREAD }))
  arriveAndRead(4)
  assert.is(told.length, 2)
  assert.is(body.read(), undefined)
})

test('messages of a stream are reported as they are taken in, 256 at a time, read or not', () => {
  const told: ToHost[] = []
  const streams = new Streams({ tell: (say) => told.push(say), changed: () => {} })
  streams.come(1, undefined)
  streams.come(2, undefined)
  for (let nth = 1; nth <= 600; nth++) {
    streams.arrive(1, [new Uint8Array(1)])
    if (nth % 3 === 0) streams.arrive(2, [new Uint8Array(1)])
  }
  assert.equal(told, new Array(2).fill({ do: 'taken', stream: 1, messages: 256 }))
})

test('an upload of small chunks has a thousand messages on their way at most, and goes on as the host takes them in', async () => {
  const told: ToHost[] = []
  const uploads = new Uploads({ tell: (say) => told.push(say), failed: () => {}, changed: () => {} })
  const source = async function* () {
    for (let nth = 0; nth < 3000; nth++) yield new Uint8Array(nth % 2)
  }
  const settled = () => new Promise(setImmediate)
  uploads.begin(1, source(), (cause) => cause)
  await settled()
  assert.equal([told.length, uploads.isStalled], [1024, true])
  uploads.credit(1, 500)
  await settled()
  assert.is(told.length, 1024)
  for (let times = 0; times < 8; times++) {
    uploads.taken(1, 256)
    await settled()
  }
  assert.equal([told.length, told.at(-1)], [3001, { do: 'upload-end', call: 1 }])
})

test('isStalled knows of one stalled upload among many without going through them', async () => {
  const uploads = new Uploads({ tell: () => {}, failed: () => {}, changed: () => {} })
  const chunk = new Uint8Array(MOST_UNREAD)
  for (let call = 0; call < MANY; call++) {
    const source = async function* () {
      yield chunk
      yield chunk
    }
    uploads.begin(call, source(), (cause) => cause)
  }
  assert.not(uploads.isStalled)
  await microtasks()
  assert.is(
    visits(() => assert.ok(uploads.isStalled)),
    0,
  )
  for (let call = 1; call < MANY; call++) uploads.stop(call)
  assert.ok(uploads.isStalled)
  uploads.credit(0, MOST_UNREAD)
  assert.not(uploads.isStalled)
  await microtasks()
  assert.ok(uploads.isStalled)
  uploads.stop(0)
  assert.not(uploads.isStalled)
})

test.run()
