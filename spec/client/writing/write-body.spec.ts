/** A body goes to a client at the client's pace, is a status where none of it came, and is cut off where not all of it did. */

import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../../lib/index.js'
import { createProxy } from '../../../lib/proxy/index.js'
import { type Answer, CLOSE } from '../../kit/answer.js'
import { failureOf } from '../../kit/failures.js'
import { startFront } from '../../kit/front.js'
import { startOrigin } from '../../kit/origin.js'

const PIECE = 'a'.repeat(256 * 1024)
const PIECES = 40

test('a body writer that waits for room has one listener at a time', async () => {
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

/** Five bytes of an unknown length, then the connection closes: the seventh byte never comes. */
const BROKEN: Answer = { headers: { 'Cache-Control': 'max-age=60' }, body: ['01234', CLOSE] }
const BEHIND = { headers: { range: 'bytes=7-9' } }

test('a body that breaks off before the first byte of the wanted range fails, and nothing is sent', async () => {
  await using origin = await startOrigin()
  origin.on('/', BROKEN)
  await using cache = openCache()
  await using front = await startFront(async (_request, response) => {
    const { code } = await failureOf(cache.send(origin.url('/'), BEHIND).sendToClient(response))
    response.end(`${code}, ${response.headersSent}`)
  })
  const { status, headers, body } = await front.get()
  assert.equal([status, headers['cache-control'], body], [200, undefined, 'HttpIncompleteResponse, false'])
  assert.is(cache.stats().handles, 0)
})

test('a request that passed the cache at a mark, and whose body has failed before any byte, gives its client a 502', async () => {
  await using origin = await startOrigin()
  const broken: Answer = { raw: ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', CLOSE] }
  origin.on('/', [{ headers: { 'Cache-Control': 'private' } }, broken])
  await using cache = openCache({ policy: 'fastly' })
  await cache.send(origin.url('/')).then((marked) => marked.text())
  await using front = await startFront(async (_request, response) => {
    const pending = cache.send(origin.url('/'))
    const answer = await pending
    while (!answer.readable) await turn()
    await pending.sendToClient(response)
  })
  const { status, headers } = await front.get()
  assert.equal([status, headers['content-length']], [502, '0'])
})

test('a body that has failed before any byte gives its client a 502 also where the program has read the head', async () => {
  await using origin = await startOrigin()
  const broken: Answer = { raw: ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', CLOSE] }
  origin.on('/', [{ headers: { 'Cache-Control': 'private' } }, broken])
  await using cache = openCache({ policy: 'fastly' })
  await cache.send(origin.url('/')).then((marked) => marked.text())
  const heads: (string | null)[] = []
  await using front = await startFront(async (_request, response) => {
    const pending = cache.send(origin.url('/'))
    pending.setResponseHeader('x-for', 'either', 'any')
    const answer = await pending
    heads.push(answer.headers.get('x-for'))
    while (!answer.readable) await turn()
    await pending.sendToClient(response).then(undefined, (failure) => response.destroy(failure))
  })
  const { status, headers } = await front.get()
  assert.equal([status, headers['x-for'], heads], [502, 'either', ['either']])
})

test('each client that one request is handed to is told of its failure', async () => {
  await using origin = await startOrigin()
  const broken = origin.hold('/')
  origin.on('/', { raw: [CLOSE] })
  await using cache = openCache()
  const pending = cache.send(origin.url('/'), { method: 'POST' })
  pending.setResponseHeader('x-for', 'an error', 'error')
  let clients = 0
  await using front = await startFront(async (_request, response) => {
    await pending.sendToClient(response)
    if (++clients === 2) broken.open()
  })
  const answers = await Promise.all([front.get(), front.get()])
  assert.equal(
    answers.map(({ status, headers }) => [status, headers['x-for']]),
    [
      [502, 'an error'],
      [502, 'an error'],
    ],
  )
})

test('where the program has set an invalid status message, a failed request ends the connection', async () => {
  await using origin = await startOrigin()
  origin.on('/', { raw: [CLOSE] })
  await using cache = openCache()
  await using front = await startFront(async (_request, response) => {
    response.statusMessage = '\u2603'
    await cache.send(origin.url('/'), { method: 'POST' }).sendToClient(response)
  })
  const failure = await front.get().catch((error: NodeJS.ErrnoException) => error.code)
  assert.is(failure, 'ECONNRESET')
})

test('the client of a proxy gets a 502 for a body that breaks off before the wanted range', async () => {
  await using origin = await startOrigin()
  origin.on('/', BROKEN)
  await using cache = openCache()
  await using proxy = createProxy(cache, { origin: origin.base })
  const { url } = await proxy.listen()
  const response = await fetch(url, BEHIND)
  assert.equal([response.status, await response.text()], [502, '502 Bad Gateway: HttpIncompleteResponse\n'])
})

test('a body that broke off after some bytes, before its client got the head, ends the connection', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one'], declaredLength: 9 })
  await using cache = openCache()
  await using front = await startFront(async (_request, response) => {
    const pending = cache.send(origin.url('/'))
    await pending
    while (cache.stats().sends.active > 0) await turn()
    await pending.sendToClient(response)
  })
  const failure = await front.get().catch((error: NodeJS.ErrnoException) => error.code)
  assert.is(failure, 'ECONNRESET')
})

test.run()
