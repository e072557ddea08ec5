/** A request body that streams reaches the origin as it comes, no faster than the origin reads, and ends when nobody wants it. */

import { Readable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HostThread, isSendError, startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { Member, statsOf, until, untilFree } from './crew.js'
import { startReader } from './reading-origin.js'

const CHUNK = new Uint8Array(64 * 1024).fill(97)

/** A source that shows how much it has yielded, and that it has ended. */
class Source implements AsyncIterable<Uint8Array> {
  yielded = 0
  readonly ended = new Barrier()

  constructor(private readonly steps: (source: Source) => AsyncGenerator<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.steps(this)) {
        this.yielded += chunk.byteLength
        yield chunk
      }
    } finally {
      this.ended.open()
    }
  }
}

/** Chunks without end, each in a turn of its own. */
const endless = () =>
  new Source(async function* () {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      yield CHUNK
    }
  })

let host: HostThread

test.before(async () => {
  host = await startHost()
})

test.after(() => host.close())

test('the origin has the first chunk of an upload before its source yields the second, and all chunks in order', async () => {
  const first = new Barrier()
  let text = ''
  await using origin = await startReader(async (request, response) => {
    for await (const chunk of request) {
      text += chunk
      first.open()
    }
    response.end('read')
  })
  await using cache = host.connect()
  async function* source() {
    yield Buffer.from('one')
    await first.opened
    yield Buffer.from(' two')
    yield Buffer.alloc(0)
    yield Buffer.from(' three')
  }
  const response = await cache.send(origin.url, { method: 'POST', body: source() })
  assert.is(await response.text(), 'read')
  assert.is(text, 'one two three')
})

test('an upload source is read no further ahead of a slow origin than there is room on the way', async () => {
  const total = 64 * 1024 * 1024
  let received = 0
  let furthest = 0
  const source = new Source(async function* () {
    for (let bytes = 0; bytes < total; bytes += CHUNK.byteLength) yield CHUNK
  })
  await using origin = await startReader(async (request, response) => {
    for await (const chunk of request) {
      received += (chunk as Buffer).byteLength
      furthest = Math.max(furthest, source.yielded - received)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  await using cache = host.connect()
  await cache.send(origin.url, { method: 'PUT', body: source })
  assert.is(received, total)
  // What the operating system keeps for a connection is most of it.
  assert.ok(furthest < total / 3, `${furthest} bytes ahead`)
})

test('an upload source that fails fails its request with its own error, and the origin sees a body that is cut off', async () => {
  const cutOff = new Barrier()
  const begun = new Barrier()
  await using origin = await startReader((request) => {
    request.on('data', () => begun.open())
    request.on('error', () => cutOff.open())
  })
  await using cache = host.connect()
  const reason = new RangeError('the source broke')
  async function* source() {
    yield CHUNK
    await begun.opened
    throw reason
  }
  const failure = await cache.send(origin.url, { method: 'POST', body: source() }).then(undefined, (error) => error)
  assert.ok(isSendError(failure) && failure.code === 'IoError')
  assert.is(failure.cause, reason)
  await cutOff.opened
  await untilFree(host, 2)
})

test('an upload source that cannot begin, or fails when stopped, fails its own request and nothing else', async () => {
  await using origin = await startReader((request) => void request.resume())
  await using cache = host.connect()
  const reason = new RangeError('not today')
  const refuses = () => {
    throw reason
  }
  const sources = [
    { [Symbol.asyncIterator]: refuses },
    { [Symbol.asyncIterator]: () => ({ next: refuses }) },
    { [Symbol.asyncIterator]: () => ({ next: async () => refuses(), return: refuses }) },
  ]
  for (const body of sources) {
    const failure = await cache.send(origin.url, { method: 'POST', body }).then(undefined, (error) => error)
    assert.ok(isSendError(failure) && failure.code === 'IoError')
    assert.is(failure.cause, reason)
  }
  await untilFree(host, 2)
})

test('texts among the chunks of an upload go out in UTF-8', async () => {
  await using origin = await startOrigin()
  const cache = host.connect()
  await cache.send(origin.url('/'), { method: 'POST', body: Readable.from(['t\u00e9', 'xt']) })
  assert.is(origin.requestsOf('/')[0]?.body, 't\u00e9xt')
  await cache.close()
})

test('an upload chunk that is neither bytes nor text fails the request', async () => {
  await using origin = await startReader((request, response) => void request.resume().on('end', () => response.end()))
  await using cache = host.connect()
  const body = (async function* () {
    yield { not: 'bytes' } as unknown as Uint8Array
  })()
  const failure = await cache.send(origin.url, { method: 'POST', body }).then(undefined, (error) => error)
  assert.ok(isSendError(failure) && failure.code === 'IoError')
})

test('an answer that comes before the upload is whole is the answer, and the source is stopped', async () => {
  await using origin = await startReader((request, response) => {
    request.once('data', () => response.writeHead(413).end('too much'))
  })
  await using cache = host.connect()
  const source = endless()
  const response = await cache.send(origin.url, { method: 'POST', body: source })
  assert.equal([response.status, await response.text()], [413, 'too much'])
  await source.ended.opened
  await untilFree(host, 2)
})

test('cancelling a request stops its upload source, and the origin sees the upload given up', async () => {
  const begun = new Barrier()
  const aborted = new Barrier()
  await using origin = await startReader((request) => {
    request.once('data', () => begun.open())
    request.on('error', () => aborted.open())
  })
  await using cache = host.connect()
  const source = endless()
  const pending = cache.send(origin.url, { method: 'POST', body: source })
  const failure = pending.then(undefined, (error) => error)
  await begun.opened
  pending.cancel()
  assert.is(((await failure) as Error).name, 'CancelledError')
  await Promise.all([source.ended.opened, aborted.opened])
  await untilFree(host, 2)
})

test('when a guest dies in the middle of an upload, the origin sees a body that is cut off', async () => {
  const begun = new Barrier()
  const aborted = new Barrier()
  await using origin = await startReader((request) => {
    request.once('data', () => begun.open())
    request.on('error', () => aborted.open())
  })
  const member = new Member(host, 'sends half', { url: origin.url })
  assert.is(await member.hears(), 'begins')
  await begun.opened
  await member.terminate()
  await aborted.opened
  await untilFree(host)
})

test('a host that closes fails an upload, and stops its source', async () => {
  const begun = new Barrier()
  await using origin = await startReader((request) => void request.once('data', () => begun.open()))
  const own = await startHost()
  const cache = own.connect()
  const source = endless()
  const failure = cache.send(origin.url, { method: 'POST', body: source }).then(undefined, (error) => error)
  await begun.opened
  await own.close({ drainMs: 0 })
  assert.is(((await failure) as Error).name, 'HostLostError')
  await source.ended.opened
  await cache.close()
})

test('a request whose hooks run in the guest streams its upload as well', async () => {
  await using origin = await startOrigin()
  await using own = await startHost({ policy: { hooksOnPass: true } })
  await using cache = own.connect()
  origin.on('/hooked', ({ body, header }) => ({ body: `${header('x-by')}: ${body.length}` }))
  async function* source() {
    for (let nth = 0; nth < 40; nth++) yield CHUNK
  }
  const response = await cache.send(origin.url('/hooked'), {
    method: 'POST',
    body: source(),
    beforeSend: (request) => request.headers.set('x-by', 'hook'),
  })
  assert.is(await response.text(), `hook: ${40 * CHUNK.byteLength}`)
})

test('no upload leaves a handle at the host, whether its source has ended, failed or was stopped', async () => {
  await using origin = await startOrigin()
  await using cache = host.connect()
  origin.on('/many', { status: 204 })
  const { handles } = statsOf(host)
  async function* source(nth: number) {
    yield CHUNK
    if (nth % 3 === 0) throw new Error('every third')
    yield CHUNK
  }
  for (let nth = 0; nth < 60; nth++) {
    const pending = cache.send(origin.url('/many'), { method: 'POST', body: source(nth) })
    if (nth % 5 === 0) pending.cancel()
    await pending.then(
      (response) => response.cancel(),
      () => {},
    )
  }
  await untilFree(host, 2)
  await until('handles are given back', () => statsOf(host).handles <= handles)
})

test.run()
