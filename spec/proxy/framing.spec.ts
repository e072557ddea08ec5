/** Framing that two parsers could read in two ways is refused (RFC 9112 6.3, 11.2). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { get, parse, request, serving, valuesOf } from './fixture.js'

/** What two parsers in a row could understand in two ways. After the refusal nothing comes on this connection. */
const unclear: Readonly<Record<string, readonly [status: number, octets: string]>> = {
  'two lengths': [400, `${request('POST /', 'Content-Length: 1', 'Content-Length: 2')}ab`],
  'the same length twice': [400, `${request('POST /', 'Content-Length: 2', 'Content-Length: 2')}ab`],
  'a list of lengths': [400, `${request('POST /', 'Content-Length: 2, 2')}ab`],
  'a length with a sign': [400, `${request('POST /', 'Content-Length: +2')}ab`],
  'a length and a coding': [400, `${request('POST /', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  'an unknown coding at the end': [501, `${request('POST /', 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
  'a coding besides chunked': [501, `${request('POST /', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
  'a coding that is none': [400, `${request('POST /', 'Transfer-Encoding:', 'Content-Length: 2')}ab`],
  'chunked, and a member that is nothing': [501, `${request('POST /', 'Transfer-Encoding: ,chunked')}0\r\n\r\n`],
  'chunked twice': [400, `${request('POST /', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  'a coding in HTTP/1.0': [400, 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  'a space before the colon': [400, request('POST /', 'Transfer-Encoding : chunked')],
  'a folded line': [400, get('/', 'X: a\r\n b')],
  'a bare CR in a value': [400, get('/', 'X: a\rb')],
  'a bare CR that would begin a line': [400, get('/', 'X: a\rContent-Length: 5')],
  'a bare LF': [400, get('/', 'X: a\nContent-Length: 5')],
  'a NUL': [400, get('/', 'X: a\0b')],
  'a chunk size that ends in LF': [400, `${request('POST /', 'Transfer-Encoding: chunked')}1\nx\n0\n\n`],
  'two hosts': [400, get('/', 'Host: other')],
  'no host': [400, 'GET / HTTP/1.1\r\n\r\n'],
  'a host with a path': [400, 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  'a host with a port that is none': [400, 'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n'],
  'a host in other than ASCII': [400, 'GET / HTTP/1.1\r\nHost: \xe9\r\n\r\n'],
  'another HTTP': [505, 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
  'no HTTP at all': [400, 'SSH-2.0-client\r\n\r\n'],
}

for (const [what, [status, octets]] of Object.entries(unclear)) {
  test(`RFC 9112 11: ${what} is refused with its connection, and nothing after it is read`, async () => {
    await using served = await serving()
    served.origin.on('/', { body: '' })
    const client = await served.client()
    client.write(octets + get('/smuggled'))
    const answers = await client.rest()
    assert.is(parse(answers).status, status)
    assert.is(answers.split('HTTP/1.1 ').length, 2)
    assert.not(served.origin.requests.some(({ target }) => target === '/smuggled'))
  })
}

for (const host of ['a', 'a.example.', 'a_b:80', 'a:', '127.0.0.1:8080', '[::1]', '[fe80::1%25eth0]:80', '']) {
  test(`RFC 9110 7.2: "${host}" is taken for a Host`, async () => {
    await using served = await serving()
    served.origin.on('/', { body: '' })
    const octets = await served.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    assert.is(parse(octets).status, 200)
  })
}

for (const target of ['/a#b', 'a', '*', 'http://[', 'http://[/a', 'http://user:word@a/', 'http://a b/', 'http:///a']) {
  test(`the request target ${target} is refused`, async () => {
    await using served = await serving()
    assert.is(parse(await served.exchange(get(target))).status, 400)
    assert.is(served.origin.requests.length, 0)
  })
}

test('what is no HTTP behind a whole request costs that request nothing, and ends the connection behind its answer', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { body: 'hello' })
  const client = await served.client()
  client.write(`${get('/')}NONSENSE\r\n\r\n`)
  await served.origin.arrived('/')
  held.open()
  assert.is(parse(await client.rest()).body, 'hello')
})

const UPGRADE = ['Upgrade: websocket', 'Connection: upgrade']
const INNER = get('/inner')
for (const [what, ...chunks] of [
  ['the head of a body', get('/', ...UPGRADE) + request('POST /post', `Content-Length: ${INNER.length}`), INNER],
  ['a whole request', get('/', ...UPGRADE) + INNER, INNER],
  ['another chunk', get('/', ...UPGRADE), INNER],
  ['what is no HTTP', get('/', ...UPGRADE), get('/', 'X: a\0b')],
  ['a head of its own body', `${request('POST /', ...UPGRADE, 'Content-Length: 1')}a`, INNER],
] as const) {
  test(`a request that asks for an upgrade is the last on its connection, and ${what} behind it is not read`, async () => {
    await using served = await serving()
    const held = served.origin.hold('/')
    served.origin.on('/', { body: 'hello' }).on('/inner', { body: 'inner' }).on('/post', { body: 'post' })
    const client = await served.client()
    for (const chunk of chunks) {
      client.write(chunk)
      await served.exchange(get('/other'))
    }
    held.open()
    const octets = await client.rest()
    const { lines, body } = parse(octets)
    assert.equal([valuesOf(lines, 'connection'), body], [['close'], 'hello'])
    assert.not(served.origin.requests.some(({ target }) => target === '/inner' || target === '/post'))
    assert.is(served.proxy.stats().requests.active, 0)
  })
}

test('TRACE and CONNECT are refused with 501', async () => {
  await using served = await serving()
  assert.is(parse(await served.exchange(request('TRACE /'))).status, 501)
  assert.is(parse(await served.exchange('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')).status, 501)
  assert.is(served.origin.requests.length, 0)
})

for (const [what, status, octets] of [
  ['no parser of HTTP knows', 501, request('BREW /')],
  ['is written in small letters', 501, request('get /')],
  ['begins like one that is known', 501, request('GETS /', 'Content-Length: 3')],
  ['is known of another protocol', 501, request('DESCRIBE /')],
  ['is no token', 400, request('BR(EW /')],
  ['is all that is there', 400, 'BREW\r\n\r\n'],
  ['is of no version of HTTP', 400, 'BREW / RTSP/1.0\r\n\r\n'],
] as const) {
  test(`RFC 9110 9.1: a method that ${what} is refused with ${status}, and ends its connection`, async () => {
    await using served = await serving()
    served.origin.on('/', { body: 'hello' })
    for (const before of ['', get('/')]) {
      const client = await served.client()
      client.write(before)
      if (before !== '') await client.until(/hello$/)
      client.write(octets)
      const octetsBack = await client.rest()
      const { status: told, lines } = parse(octetsBack.slice(octetsBack.lastIndexOf('HTTP/1.1 ')))
      assert.equal([told, valuesOf(lines, 'connection')], [status, ['close']])
    }
  })
}

test('a refusal of the proxy tells nothing of the origin, and repeats nothing of the request', async () => {
  await using served = await serving()
  const octets = await served.exchange(get('/<script>#'))
  assert.not(octets.includes('script'))
  assert.not(octets.includes(served.origin.base))
})

test.run()
