/** A body that arrives from another thread takes about the memory of its unread bytes, however small the chunks. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Incoming } from '../../lib/bridge/incoming.js'
import { collect } from '../kit/garbage.js'

/** As many bytes as may be on their way before the reader has read any. */
const WINDOW_BYTES = 4 << 20

function incoming() {
  let credited = 0
  const body = new Incoming({
    close() {},
    credit: (bytes) => {
      credited += bytes
    },
    tookIn() {},
  })
  return {
    body,
    get credited() {
      return credited
    },
  }
}

function heldBytes(): number {
  for (let times = 0; times < 3; times++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

for (const each of [16, 100, 1460])
  test(`a full window of unread chunks of ${each} bytes takes about the memory of its bytes`, () => {
    const before = heldBytes()
    const { body } = incoming()
    for (let left = WINDOW_BYTES; left > 0; left -= each) body.arrive([new Uint8Array(each)])
    const ratio = (heldBytes() - before) / WINDOW_BYTES
    assert.ok(ratio < 1.25, `${ratio.toFixed(2)} times its bytes`)
    body.cancel()
  })

test('chunks of all sizes are read whole, in order and with credit for each byte, whether few or many are unread', () => {
  const sizes = [1, 16, 2047, 3, 2048, 5, 30_000]
  for (const unread of [1, 100, 300, 2000]) {
    const stream = incoming()
    const { body } = stream
    const [sent, got]: [Uint8Array[], Uint8Array[]] = [[], []]
    for (let nth = 0; nth < 4000; nth++) {
      const chunk = new Uint8Array(nth % 500 < 400 ? 3 : (sizes[nth % sizes.length] ?? 1)).fill(nth)
      sent.push(chunk)
      body.arrive([chunk])
      if (nth % unread === unread - 1) while (body.ready) got.push(body.read() as Uint8Array)
    }
    body.end()
    for (let chunk = body.read(); chunk !== undefined; chunk = body.read()) got.push(chunk)
    assert.ok(Buffer.concat(got).equals(Buffer.concat(sent)), `${unread} unread`)
    const bytes = Buffer.concat(sent).byteLength
    assert.ok(bytes - stream.credited < 2 << 20, `${stream.credited} of ${bytes} bytes were credited`)
  }
})

test.run()
