/** What an origin sends is what arrives, at the pace at which it is read. */

import { gzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { has, values } from '../../lib/http/message.js'
import { CLOSE, RESET } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { answerOf, failureOf, get, next, SpecOrigins, text } from './sending.js'

test('a response head comes as it was sent: order, repeated lines and octets kept, names in lower case', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const headers = [
    ['X-Odd', '  a  '],
    ['Set-Cookie', 'a=1'],
    ['x-odd', ''],
    ['Set-Cookie', 'b=2, c'],
    ['X-Latin', 'caf\xe9'],
  ] as const
  origin.on('/', { status: 299, statusText: 'Quite Fine', headers, body: 'x' })
  const { head } = await answerOf(origins.send(get(origin.url('/'))))
  assert.is(head.status, 299)
  assert.is(head.statusText, 'Quite Fine')
  assert.equal(head.fields.slice(0, 4), [
    ['x-odd', 'a'],
    ['set-cookie', 'a=1'],
    ['x-odd', ''],
    ['set-cookie', 'b=2, c'],
  ])
  // The kit writes UTF-8; each of its octets is one character here.
  assert.equal(values(head.fields, 'x-latin'), [Buffer.from('caf\xe9').toString('latin1')])
})

test('a reason phrase that is not plain text is left out', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { raw: 'HTTP/1.1 200 Sch\u00f6n\r\ncontent-length: 0\r\n\r\n' })
  const { head } = await answerOf(origins.send(get(origin.url('/'))))
  assert.equal([head.status, head.statusText], [200, ''])
})

test('no final status is an error, and no redirect is followed', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  for (const status of [204, 301, 304, 404, 500, 503, 599]) {
    origin.on('/', { status, headers: { location: '/elsewhere' } })
    const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
    assert.is(head.status, status)
    assert.is(await text(body), '')
  }
  assert.is(origin.count('/'), 7)
  assert.is(origin.count('/elsewhere'), 0)
})

test('a body in a content coding stays coded', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const coded = gzipSync('plain')
  origin.on('/', { headers: { 'content-encoding': 'gzip' }, body: coded })
  const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.equal(values(head.fields, 'content-encoding'), ['gzip'])
  assert.is(body.length, coded.length)
  assert.is(await text(body), coded.toString('latin1'))
})

test('the length of a body is known where the head tells it, and else once the body has come', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const rest = new Barrier()
  origin
    .on('/known', { body: 'four' })
    .on('/chunked', { body: ['fo', rest, 'ur'] })
    .on('/unchanged', { status: 304 })
    .on('/none', { status: 204 })
  const bodyOf = async (path: string, method = 'GET') =>
    (await answerOf(origins.send({ ...get(origin.url(path)), method }))).body
  const lengthOf = async (path: string, method?: string) => (await bodyOf(path, method)).length
  assert.is(await lengthOf('/known'), 4)
  const body = await bodyOf('/chunked')
  assert.is(await next(body), 'fo')
  assert.is(body.length, undefined)
  rest.open()
  assert.is(await text(body), 'ur')
  assert.is(body.length, 4)
  for (const path of ['/unchanged', '/none']) assert.is(await lengthOf(path), 0, path)
  assert.is(await lengthOf('/known', 'HEAD'), 0)
})

test('the head is there before the body, and each chunk as it comes', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const [first, second] = [new Barrier(), new Barrier()]
  origin.on('/', { body: [first, 'one', second, 'two'] })
  const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.is(head.status, 200)
  assert.not.ok(body.ready)
  first.open()
  assert.is(await next(body), 'one')
  second.open()
  assert.is(await next(body), 'two')
  assert.is(await next(body), undefined)
})

test('trailers are there after the end of the body, and not before', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: ['data'], trailers: { 'X-Checksum': 'abc' } })
  const { body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.is(await next(body), 'data')
  assert.is(body.trailers(), undefined)
  assert.is(await next(body), undefined)
  assert.equal(body.trailers(), [['x-checksum', 'abc']])
})

test('1xx heads are handed on before the answer is ready', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', {
    informational: [{ status: 102 }, { status: 103, headers: { link: ['</a>', '</b>'] } }],
    body: 'x',
  })
  const seen: unknown[] = []
  const send = origins.send(get(origin.url('/')), {
    onInformational: ({ status, fields }) => seen.push([status, fields, send.ready]),
  })
  await answerOf(send)
  assert.equal(seen, [
    [102, [], false],
    [
      103,
      [
        ['link', '</a>'],
        ['link', '</b>'],
      ],
      false,
    ],
  ])
})

test('RFC 9110 15: a status below 100, or an unrequested 101, fails the send and is no interim answer', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  for (const status of ['000', '099', '101']) {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
    origin.on('/', { raw: `HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n${answer}` })
    const seen: number[] = []
    const send = origins.send(get(origin.url('/')), { onInformational: (head) => seen.push(head.status) })
    const { code, blame } = await failureOf(answerOf(send))
    assert.equal([code, blame, seen], ['HttpResponseStatusInvalid', 'origin', []], status)
  }
})

test('a reader that stops reading stops the origin', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const [piece, pieces] = [Buffer.alloc(64 * 1024, 'x'), 1024]
  let written = 0
  origin.on('/', {
    body: (function* () {
      for (; written < pieces; written++) yield piece
    })(),
  })
  const { body } = await answerOf(origins.send(get(origin.url('/'))))
  // Far more turns than 64 MiB takes when nothing holds it back.
  for (let turn = 0; turn < 20_000; turn++) await new Promise(setImmediate)
  assert.ok(written < pieces / 2, `${written} pieces left the origin`)
  assert.equal(origins.clock.timers, [], 'a paused connection is under no time limit')
  let received = 0
  for (let chunk = await next(body); chunk !== undefined; chunk = await next(body)) received += chunk.length
  assert.is(received, piece.length * pieces)
})

test('a chunk is a plain Uint8Array', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: 'x' })
  const { body } = await answerOf(origins.send(get(origin.url('/'))))
  await new Promise<void>((resolve) => body.onReady(resolve))
  assert.is(body.read()?.constructor, Uint8Array)
})

test('RFC 9112 8: a body without a declared length is whole where its connection ends, and fails where that is reset', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  const received = new Barrier()
  const begin = 'HTTP/1.1 200 OK\r\n\r\none'
  origin.on('/whole', { raw: [begin, CLOSE] }).on('/cut', { raw: [begin, received, RESET] })
  assert.is(await text((await answerOf(origins.send(get(origin.url('/whole'))))).body), 'one')
  const { body } = await answerOf(origins.send(get(origin.url('/cut'))))
  assert.is(await next(body), 'one')
  received.open()
  const failure = await failureOf(next(body))
  assert.equal([failure.code, (failure.cause as NodeJS.ErrnoException).code], ['ConnectionTerminated', 'ECONNRESET'])
})

test('RFC 9112 8: a body without a declared length fails where a reset comes right behind its bytes', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  // Nothing lies between the two, so this thread finds both when it looks at the connection.
  origin.on('/', { raw: ['HTTP/1.1 200 OK\r\n\r\none', RESET] })
  const failure = await failureOf(answerOf(origins.send(get(origin.url('/')))).then(({ body }) => text(body)))
  assert.equal([failure.code, (failure.cause as NodeJS.ErrnoException).code], ['ConnectionTerminated', 'ECONNRESET'])
  assert.is(origins.active, 0)
})

for (const coding of [
  'gzip',
  'X-Gzip',
  'gzip, chunked',
  'abc, chunked',
  'chunked, chunked',
  'chunked,',
  'Chunked , ,',
  'chunked\t',
]) {
  test(`RFC 9112 6.1: an answer with Transfer-Encoding ${JSON.stringify(coding)} fails the send, for nobody could read it`, async () => {
    await using origin = await startOrigin()
    await using origins = new SpecOrigins()
    origin.on('/', { raw: [`HTTP/1.1 200 OK\r\nTransfer-Encoding: ${coding}\r\n\r\n3\r\none\r\n0\r\n\r\n`, CLOSE] })
    const failure = await failureOf(answerOf(origins.send(get(origin.url('/')))))
    assert.is(failure.code, 'HttpProtocolError')
    assert.is(origins.active, 0)
  })
}

test('RFC 9112 6.3: an unknown Transfer-Encoding leaves the octets as they are, up to the end of the connection', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { raw: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: abc\r\n\r\none', CLOSE] })
  assert.is(await text((await answerOf(origins.send(get(origin.url('/'))))).body), 'one')
})

for (const status of [204, 304]) {
  test(`RFC 9112 6.3: a ${status} ends with its head, whatever length that declares`, async () => {
    await using origin = await startOrigin()
    await using origins = new SpecOrigins()
    origin.on('/', { raw: `HTTP/1.1 ${status} So\r\ncontent-length: 5\r\n\r\n` })
    const { head, body } = await answerOf(origins.send(get(origin.url('/'))))
    assert.equal([head.status, values(head.fields, 'content-length')], [status, ['5']])
    assert.is(await text(body), '')
  })
}

test('cancelling a body half way gives its connection up', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: ['one', new Barrier()] })
  const { body } = await answerOf(origins.send(get(origin.url('/'))))
  assert.is(await next(body), 'one')
  body.cancel()
  await origin.hungUp('/')
  assert.is(origins.active, 0)
})

test('fields that belong to the connection or its framing are not sent on', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: 'x' })
  const fields = [
    ['connection', 'close, X-Hop'],
    ['x-hop', 'dropped'],
    ['keep-alive', 'timeout=1'],
    ['te', 'trailers'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['expect', '100-continue'],
    ['trailer', 'x-after'],
    ['content-length', '5'],
    ['x-kept', '1'],
    ['x-kept', '2'],
  ] as const
  await answerOf(origins.send(get(origin.url('/'), fields)))
  const [request] = origin.requestsOf('/')
  assert.ok(request)
  assert.equal(values(request.fields, 'x-kept'), ['1', '2'])
  for (const name of [
    'x-hop',
    'keep-alive',
    'te',
    'transfer-encoding',
    'upgrade',
    'expect',
    'trailer',
    'content-length',
  ]) {
    assert.not.ok(has(request.fields, name), name)
  }
})

test('a request body is sent, whole or piece by piece, with any method', async () => {
  await using origin = await startOrigin()
  await using origins = new SpecOrigins()
  origin.on('/', { body: 'x' })
  const bytes = new TextEncoder().encode('whole')
  const pieces = (async function* () {
    yield new TextEncoder().encode('pie')
    yield new TextEncoder().encode('ces')
  })()
  for (const [method, body] of [
    ['GET', bytes],
    ['POST', pieces],
  ] as const) {
    await answerOf(origins.send({ ...get(origin.url('/')), method }, { body }))
  }
  const [whole, inPieces] = origin.requestsOf('/')
  assert.equal([whole?.method, whole?.body, whole?.header('content-length')], ['GET', 'whole', '5'])
  assert.equal([inPieces?.method, inPieces?.body, inPieces?.header('transfer-encoding')], ['POST', 'pieces', 'chunked'])
})

test.run()
