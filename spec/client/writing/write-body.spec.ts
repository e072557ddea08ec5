/** A body on its way to a client that is slow to read. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../../lib/index.js'
import { startFront } from '../../kit/front.js'
import { startOrigin } from '../../kit/origin.js'

const PIECE = 'a'.repeat(256 * 1024)
const PIECES = 40

test('however often its writer waits for room, it listens for that once at a time', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: Array.from({ length: PIECES }, () => PIECE) })
  await using cache = openCache()
  const listening: string[] = []
  await using front = await startFront(async (_request, response) => {
    response.on('drain', () => listening.push(String(['drain', 'close'].map((event) => response.listenerCount(event)))))
    await cache.send(origin.url('/')).sendToClient(response)
  })
  const { body } = await front.get()
  assert.is(body.length, PIECE.length * PIECES)
  assert.ok(listening.length > 10)
  assert.equal(new Set(listening), new Set(listening.slice(0, 1)))
})

test.run()
