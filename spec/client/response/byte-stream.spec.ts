/** A body as a byte stream of the platform, whoever brings the buffers. */

import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { byteStream } from '../../../lib/client/response/byte-stream.js'
import { type Answer, SILENCE } from '../../kit/answer.js'
import { comparison } from '../alike.js'

const { test, cache, origin } = await comparison('byte stream')

const BODY = 'abcdefghij'
const ANSWERS: Readonly<Record<string, Answer>> = {
  'as it came': { body: BODY },
  'in chunks': { body: ['abc', 'defg', 'hij'] },
  decoded: { headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(BODY) },
}

for (const [how, answer] of Object.entries(ANSWERS)) {
  for (const signal of [undefined, new AbortController().signal]) {
    test(`a reader may bring its own buffer: body ${how}, ${signal ? 'with' : 'without'} a signal`, async () => {
      origin.on('/own', answer)
      const response = await cache.fetch(origin.url('/own'), { ...(signal && { signal }) })
      assert.is(await intoBuffers(response, 4), BODY)
    })
  }
}

test('a reader may bring its own buffer for a stored body, and takes nothing from the store', async () => {
  origin.on('/stored', { headers: { 'Cache-Control': 'max-age=60' }, body: BODY })
  for (let times = 0; times < 3; times++)
    assert.is(await intoBuffers(await cache.fetch(origin.url('/stored')), 3), BODY)
  for (let times = 0; times < 3; times++)
    assert.is(await intoBuffers((await cache.send(origin.url('/stored'))).toWeb(), 16), BODY)
  assert.is(origin.count('/stored'), 1)
})

test('a chunk that shares its buffer is copied, and one that does not is handed over', async () => {
  const [shared, whole] = [Buffer.from('xx-pooled-xx').subarray(3, 9), new Uint8Array(8)]
  const chunks = [shared, new Uint8Array(0), whole]
  const stream = byteStream({ next: async () => chunks.shift(), cancel() {} })
  const read = await new Response(stream).arrayBuffer()
  assert.is(read.byteLength, 14)
  assert.is(shared.toString(), 'pooled')
  assert.is(whole.byteLength, 0)
})

test('an abort fails a reader that waits with its own buffer, with the reason', async () => {
  origin.on('/open', { raw: ['HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 9\r\n\r\nhalf', SILENCE] })
  const controller = new AbortController()
  const response = await cache.fetch(origin.url('/open'), { signal: controller.signal })
  const reader = bytesOf(response).getReader({ mode: 'byob' })
  assert.is((await reader.read(new Uint8Array(4))).value?.byteLength, 4)
  const rest = reader.read(new Uint8Array(4)).catch((error) => error)
  controller.abort(new Error('enough'))
  assert.is((await rest).message, 'enough')
})

test('cancelling a body ends the read of a reader that waits with its own buffer', async () => {
  origin.on('/left', { raw: ['HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 9\r\n\r\n', SILENCE] })
  const reader = bytesOf(await cache.fetch(origin.url('/left'))).getReader({ mode: 'byob' })
  const rest = reader.read(new Uint8Array(4))
  await reader.cancel()
  assert.is((await rest).done, true)
  await origin.hungUp('/left')
})

/** All of the body, read into buffers of that many bytes. */
async function intoBuffers(response: Response, size: number): Promise<string> {
  const reader = bytesOf(response).getReader({ mode: 'byob' })
  let text = ''
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(size))
    if (done) return text
    text += Buffer.from(value).toString()
  }
}

function bytesOf({ body }: Response): ReadableStream<Uint8Array> {
  assert.ok(body)
  return body as ReadableStream<Uint8Array>
}

test.run()
