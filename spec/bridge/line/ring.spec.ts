/** A ring gives back every frame whole, in order, at any place, and refuses frames when it is full. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RING_WORDS, Ring } from '../../../lib/bridge/line/ring.js'

const SIZE = 64

/** Both ends of a ring of 64 bytes, whose counts begin at `counted`. */
function pair(counted = 0): { writer: Ring; reader: Ring } {
  const memory = new SharedArrayBuffer(RING_WORDS * 4 + SIZE)
  const control = new Int32Array(memory, 0, RING_WORDS).fill(counted)
  const bytes = new Uint8Array(memory, RING_WORDS * 4)
  return { writer: new Ring(control, bytes), reader: new Ring(control, bytes) }
}

function put(ring: Ring, text: string, claimed = text.length): boolean {
  const at = ring.claim(claimed)
  if (at < 0) return false
  ring.publish(ring.bytes.write(text, at))
  return true
}

function take(ring: Ring): string | undefined {
  const at = ring.oldest()
  if (at < 0) return undefined
  const text = ring.bytes.toString('latin1', at, at + ring.length)
  ring.release()
  return text
}

test('frames of every length are read as they were written, at every place of the ring', () => {
  for (let first = 0; first <= 28; first++) {
    for (let second = 0; second <= 28; second++) {
      const { writer, reader } = pair()
      for (let round = 0; round < 20; round++) {
        const texts = ['a'.repeat(first), 'b'.repeat(second)]
        for (const text of texts) {
          assert.ok(put(writer, text))
          assert.is(take(reader), text)
        }
      }
      assert.ok(writer.isEmpty && reader.isEmpty)
    }
  }
})

test('a full ring refuses frames, loses none, and takes another once one was read', () => {
  const { writer, reader } = pair()
  const sent: string[] = []
  for (let nth = 0; put(writer, `frame ${nth}`); nth++) sent.push(`frame ${nth}`)
  assert.ok(sent.length > 3)
  assert.is(put(writer, 'one more'), false)
  assert.is(take(reader), sent.shift())
  assert.is(put(writer, 'one more'), true)
  const left: (string | undefined)[] = []
  while (!reader.isEmpty) left.push(take(reader))
  assert.equal(left, [...sent, 'one more'])
  assert.is(take(reader), undefined)
})

test('a frame that is shorter than its claim takes only the room it needs', () => {
  const { writer } = pair()
  let frames = 0
  while (put(writer, 'xy', 20)) frames++
  assert.ok(frames >= 5, `${frames} frames`)
})

test('a claim that is not published is never read', () => {
  const { writer, reader } = pair()
  writer.claim(40)
  assert.is(take(reader), undefined)
  put(writer, 'after')
  assert.is(take(reader), 'after')
})

test('the counts of all bytes ever written may pass 2^31 and 2^32', () => {
  for (const counted of [2 ** 31 - SIZE, 2 ** 32 - SIZE]) {
    const { writer, reader } = pair(counted)
    for (let nth = 0; nth < 40; nth++) {
      assert.ok(put(writer, `frame ${nth}`))
      assert.is(take(reader), `frame ${nth}`)
    }
  }
})

test.run()
