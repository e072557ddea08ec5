/** A source of a request body hears at once that nobody wants more of it, though its next piece is still to come. */

import { once } from 'node:events'
import { request as clientRequest, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BodyInput, type Cache, openCache, type Stats, startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'

/** What the origin does to a request whose first piece has come, by the path. */
const DEEDS: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/waits': () => {},
  '/breaks': (request) => void request.destroy(),
  '/begins': (_request, response) => void response.writeHead(200).write('begin'),
  '/cuts': (_request, response) => void response.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin'),
  '/answers': (_request, response) => void response.writeHead(413).end('too much'),
}
const server = createServer((request, response) => {
  request.once('data', () => DEEDS[request.url ?? '']?.(request, response))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const host = await startHost()
const caches: readonly (readonly [string, Cache<Stats>])[] = [
  ['in this thread', openCache()],
  ['in another thread', host.connect()],
  ['that sends by a fetch it was given', openCache({ fetch: globalThis.fetch })],
]
test.after(async () => {
  for (const [, cache] of caches) await cache.close()
  await host.close()
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
})

const PIECE = new TextEncoder().encode('a piece')

/** A source that has one piece, and none after it. */
class Stalling {
  readonly asked = new Barrier()
  readonly left = new Barrier()
  #pieces = 0

  get iterable(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#next(), return: () => this.#leave() }) }
  }

  get stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => controller.enqueue((await this.#next()).value),
        cancel: () => void this.left.open(),
      },
      { highWaterMark: 0 },
    )
  }

  get nodeStream(): Readable {
    const stalling = this
    let pieces = 0
    return new Readable({
      highWaterMark: 1,
      read() {
        if (pieces++ === 0) this.push(PIECE)
        else stalling.asked.open()
      },
      destroy(_failure, done) {
        stalling.left.open()
        done(null)
      },
    })
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#pieces++ === 0) return Promise.resolve({ done: false, value: PIECE })
    this.asked.open()
    return new Promise(() => {})
  }

  async #leave(): Promise<IteratorResult<Uint8Array>> {
    this.left.open()
    return { done: true, value: undefined }
  }
}

const SOURCES: Readonly<Record<string, (source: Stalling) => BodyInput>> = {
  'an iterable': ({ iterable }) => iterable,
  'a stream': ({ stream }) => stream,
  'a stream of Node': ({ nodeStream }) => nodeStream,
}

for (const [where, cache] of caches) {
  for (const [what, bodyOf] of Object.entries(SOURCES)) {
    test(`${what} as a request body is left when its request is cancelled, on a host ${where}`, async () => {
      const source = new Stalling()
      const pending = cache.send(`${origin}/waits`, { method: 'PUT', body: bodyOf(source) })
      const answer = failureOf(pending)
      await source.asked.opened
      pending.cancel('enough')
      await source.left.opened
      assert.is((await answer).name, 'CancelledError')
    })

    test(`${what} as a request body is left when its fetch is aborted, on a host ${where}`, async () => {
      const source = new Stalling()
      const controller = new AbortController()
      const begun = once(server, 'request')
      const { signal } = controller
      const answer = failureOf(cache.fetch(`${origin}/waits`, { method: 'PUT', body: bodyOf(source), signal }))
      await Promise.all([source.asked.opened, begun])
      controller.abort()
      await source.left.opened
      assert.is((await answer).name, 'AbortError')
    })

    test(`${what} as a request body is left when the origin breaks off, on a host ${where}`, async () => {
      const source = new Stalling()
      const answer = failureOf(cache.send(`${origin}/breaks`, { method: 'PUT', body: bodyOf(source) }))
      await source.left.opened
      assert.is((await answer).code, 'ConnectionTerminated')
    })

    test(`${what} as a request body is left when the origin breaks off its answer, on a host ${where}`, async () => {
      const source = new Stalling()
      const response = await cache.send(`${origin}/cuts`, { method: 'PUT', body: bodyOf(source) })
      assert.is((await failureOf(response.text())).code, 'HttpIncompleteResponse')
      await source.left.opened
    })

    test(`${what} as a request body is left when the rest of the answer is cancelled, on a host ${where}`, async () => {
      const source = new Stalling()
      const response = await cache.send(`${origin}/begins`, { method: 'PUT', body: bodyOf(source) })
      response.cancel()
      await source.left.opened
    })

    test(`${what} as a request body is left when the origin has answered before it was whole, on a host ${where}`, async () => {
      const source = new Stalling()
      const response = await cache.send(`${origin}/answers`, { method: 'PUT', body: bodyOf(source) })
      assert.equal([response.status, await response.text()], [413, 'too much'])
      await source.left.opened
    })
  }
}

for (const [where, cache] of caches) {
  test(`a stream of Node as a request body is destroyed when its request is cancelled unread, on a host ${where}`, async () => {
    const source = new Stalling()
    const pending = cache.send(`${origin}/waits`, { method: 'PUT', body: source.nodeStream })
    pending.cancel('at once')
    await source.left.opened
    assert.is((await failureOf(pending)).name, 'CancelledError')
  })

  test(`an incoming request as a request body keeps its connection for an early answer, on a host ${where}`, async () => {
    const front = createServer((request, response) => {
      cache.send(`${origin}/answers`, { method: 'PUT', body: request }).sendToClient(response).poll()
    })
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    const client = clientRequest({ port: (front.address() as AddressInfo).port, host: '127.0.0.1', method: 'PUT' })
    client.write(PIECE)
    const [response] = (await once(client, 'response')) as [IncomingMessage]
    assert.equal([response.statusCode, String(Buffer.concat(await response.toArray()))], [413, 'too much'])
    client.destroy()
    front.closeAllConnections()
    front.close()
    await once(front, 'close')
  })
}

test.run()
