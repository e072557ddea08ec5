/** Bytes that were handed over are the receiver's own: changing them afterwards changes nothing for anybody else. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, type HttpResponse, openCache, type SendInit } from '../../../lib/index.js'
import { startOrigin } from '../../kit/origin.js'

const test = suite('own-bytes')
const origin = await startOrigin()
const headers = { 'Cache-Control': 'max-age=60' }
const cache = openCache()
const injected = openCache({
  fetch: async () => new Response(new Blob(['stored']).stream().pipeThrough(buffers()), { headers }),
})
test.after(async () => {
  await cache.close()
  await injected.close()
  await origin[Symbol.asyncDispose]()
})

/** Chunks that lie in memory which others use as well. */
function buffers(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({ transform: (chunk, controller) => controller.enqueue(Buffer.from(chunk)) })
}

const readers: Readonly<Record<string, (response: HttpResponse) => PromiseLike<Uint8Array | undefined>>> = {
  'read()': (response) => response.read(),
  'bytes()': (response) => response.bytes(),
  'a loop': async (response) => {
    for await (const chunk of response) return chunk
    return undefined
  },
  'toWeb()': async (response) => (await response.toWeb().body?.getReader().read())?.value,
}

const sources: Readonly<Record<string, { cache: Cache; init?: SendInit }>> = {
  'a connection': { cache },
  'an injected fetch': { cache: injected },
  'a transform': {
    cache,
    init: {
      afterSend(candidate) {
        candidate.bodyTransform = async function* (chunks) {
          for await (const chunk of chunks) yield Buffer.from(chunk)
        }
      },
    },
  },
}

for (const [from, { cache, init }] of Object.entries(sources))
  for (const [by, read] of Object.entries(readers))
    test(`changing the bytes that ${by} has given out, of a body from ${from}, changes nothing of what is stored`, async () => {
      const path = `/${from}/${by}`.replaceAll(' ', '-')
      origin.on(path, { headers, body: 'stored' })
      const bytes = await read(await cache.send(origin.url(path), init))
      assert.is(Buffer.from(bytes ?? []).toString(), 'stored')
      bytes?.fill(42)
      assert.is(await (await cache.send(origin.url(path))).text(), 'stored')
    })

for (const [what, bytes] of Object.entries({
  'a Buffer': Buffer.from('sent'),
  bytes: new TextEncoder().encode('sent'),
}))
  test(`a request body of ${what} is sent as it was at the call`, async () => {
    origin.on('/body', ({ body }) => ({ body }))
    const pending = cache.send(origin.url('/body'), { method: 'POST', body: bytes })
    bytes.fill(42)
    assert.is(await (await pending).text(), 'sent')
  })

test.run()
