/** A ring grows under load and shrinks after it; no message is lost on the way, and none overtakes another. */

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import { TestClock } from '../../kit/test-clock.js'
import { exploreMoves, type MoveFault } from './moves.js'

const KIB = 1024
const SHRINK_MS = 1000

const faults: Exclude<MoveFault, 'none'>[] = [
  'moves when the move has come, not when its turn has',
  'writes into the new ring before it says so',
  'reads whatever the ring has next',
  'counts what it posts before it is posted',
]

test('in no order of steps is a message lost, or received before an earlier one', () => {
  for (const messages of [1, 2, 3, 4]) {
    const { wrong, states, moves } = exploreMoves(messages)
    assert.is(wrong, undefined, wrong?.join('\n'))
    assert.ok(states > 20 * messages && moves > 10, `${states} states, ${moves} moves`)
  }
})

for (const fault of faults) {
  test(`the model finds the order in which a line that ${fault} goes wrong`, () => {
    assert.type(exploreMoves(4, fault).wrong, 'object')
  })
}

/** A line whose host sends; what it posts is recorded. */
function pair() {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  const clock = new TestClock()
  const posts: unknown[] = []
  const post = port2.postMessage.bind(port2)
  port2.postMessage = (message: unknown) => {
    posts.push(message)
    post(message)
  }
  const guest = new Line<number, number>(port1, memory, 'guest', { clock })
  const host = new Line<number, number>(port2, memory, 'host', { clock })
  return {
    guest,
    host,
    clock,
    /** Sizes of the rings it moved to; `initial` where it moved back to the first. */
    get moves() {
      const moves = posts.filter((message) => typeof message === 'object' && message !== null && 'ring' in message)
      return moves.map((message) => (message as { ring?: SharedArrayBuffer }).ring?.byteLength ?? 'initial')
    },
    get messages() {
      return posts.filter((message) => typeof message === 'object' && message !== null && 'say' in message).length
    },
    drain() {
      const all: number[] = []
      for (let message = guest.receive(); message !== undefined; message = guest.receive()) all.push(message.say)
      return all
    },
    async [Symbol.asyncDispose]() {
      const closed = once(port1, 'close')
      guest.close()
      host.close()
      await closed
    },
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, nth) => nth)

test('a line at rest takes less than 34 KiB', () => {
  assert.ok(lineMemory().byteLength < 34 * KIB)
})

test('a ring without room gives way to larger rings, so that no message goes by port', async () => {
  await using line = pair()
  for (const nth of upTo(50)) line.host.send({ say: nth, bytes: new Uint8Array(4 * KIB) })
  assert.equal(line.moves, [64 * KIB + 8, 256 * KIB + 8])
  assert.is(line.messages, 0)
  assert.equal(line.drain(), upTo(50))
})

test('a message too long for the ring makes it grow at once, and one too long for any ring goes by port', async () => {
  await using line = pair()
  line.host.send({ say: 0, bytes: new Uint8Array(60 * KIB) })
  line.host.send({ say: 1, bytes: new Uint8Array(70 * KIB) })
  assert.equal([line.moves, line.messages], [[256 * KIB + 8], 1])
  assert.equal(line.drain(), [0, 1])
})

test('a ring that was not needed for a second moves back to the initial ring, with unread messages in both', async () => {
  await using line = pair()
  for (const nth of upTo(50)) line.host.send({ say: nth, bytes: new Uint8Array(4 * KIB) })
  line.clock.advance(SHRINK_MS)
  assert.is(line.moves.length, 2, 'it was needed in that second')
  line.clock.advance(SHRINK_MS)
  assert.is(line.moves.at(-1), 'initial')
  line.host.send({ say: 50 })
  assert.equal(line.drain(), upTo(51))
  assert.is(line.clock.pending(), 0)
})

test('a ring that is needed again and again keeps its size', async () => {
  await using line = pair()
  for (const nth of upTo(20)) {
    line.host.send({ say: nth, bytes: new Uint8Array(30 * KIB) })
    line.clock.advance(SHRINK_MS)
    assert.equal(line.drain(), [nth])
  }
  assert.equal(line.moves, [64 * KIB + 8])
})

test('a closed line keeps no timer for its ring', async () => {
  await using line = pair()
  line.host.send({ say: 0, bytes: new Uint8Array(30 * KIB) })
  assert.is(line.clock.pending(), 1)
  line.host.close()
  assert.is(line.clock.pending(), 0)
})

test('messages are received in order, whatever is sent and read while the ring grows and shrinks', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)
  let state = seed
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 8) % limit
  }
  let moves = 0
  for (let round = 0; round < 40; round++) {
    await using line = pair()
    let sent = 0
    let received = 0
    for (let step = 0; step < 200; step++) {
      const kind = below(10)
      if (kind < 5) {
        const bytes = below(4) === 0 ? below(80 * KIB) : below(3000)
        line.host.send(below(8) === 0 ? { say: sent++, shared: [] } : { say: sent++, bytes: new Uint8Array(bytes) })
      } else if (kind < 8) {
        const message = line.guest.receive()
        if (message !== undefined) assert.is(message.say, received++, `seed ${seed}`)
      } else if (kind === 8) line.clock.advance(below(2 * SHRINK_MS))
      // A turn of the event loop, in which the port brings what it has.
      else await new Promise((resolve) => setImmediate(resolve))
    }
    for (const say of line.drain()) assert.is(say, received++, `seed ${seed}`)
    assert.is(received, sent, `seed ${seed}`)
    moves += line.moves.length
  }
  assert.ok(moves > 80, `${moves} moves`)
})

test.run()
