/** What goes on to the origin and back to the client, and what does not. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import { get, parse, request, serving, valuesOf } from './fixture.js'

const FRESH = { 'Cache-Control': 'max-age=60', Date: 'Sun, 06 Nov 2044 08:49:37 GMT' }

test('a second request is answered from the cache, with Age and the Date of the origin', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: FRESH, body: 'hello' })
  const first = parse(await served.exchange(get('/')))
  const second = parse(await served.exchange(get('/')))
  assert.is(served.origin.count('/'), 1)
  for (const { status, body, lines } of [first, second]) {
    assert.equal([status, body], [200, 'hello'])
    assert.equal(valuesOf(lines, 'date'), ['sun, 06 nov 2044 08:49:37 gmt'])
    assert.equal(valuesOf(lines, 'content-length'), ['5'])
    assert.is(valuesOf(lines, 'age').length, 1)
  }
})

test('RFC 9110 6.6.1: an answer that came without Date gets that of its receipt, once', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: '' })
  const [date] = valuesOf(parse(await served.exchange(get('/'))).lines, 'date')
  assert.ok(date !== undefined && !Number.isNaN(Date.parse(date)))
  assert.equal(valuesOf(parse(await served.exchange(get('/'))).lines, 'date'), [date])
})

test('RFC 9110 7.6.3: both directions record this hop in Via, after those before it', async () => {
  await using served = await serving({ name: 'here' })
  served.origin.on('/', { headers: { Via: '1.0 inside' } })
  const { lines } = parse(await served.exchange(get('/', 'Via: 1.0 outside')))
  assert.equal(valuesOf(lines, 'via'), ['1.0 inside', '1.1 here'])
  const sent = served.origin.requestsOf('/')[0]?.fields.filter(([name]) => name === 'via')
  assert.equal(sent?.map(([, value]) => value).join(', '), '1.0 outside, 1.1 here')
})

test('a request that has passed this proxy before is refused as a loop', async () => {
  await using served = await serving({ name: 'here' })
  assert.is(parse(await served.exchange(get('/', 'Via: 1.1 here'))).status, 508)
  assert.is(served.origin.requests.length, 0)
})

test('RFC 9110 7.6.1: fields for one hop only go no further, in either direction', async () => {
  await using served = await serving()
  served.origin.on('/', {
    headers: [
      ['Connection', 'X-Answer'],
      ['X-Answer', '1'],
      ['X-Kept', '1'],
    ],
  })
  const { lines } = parse(
    await served.exchange(get('/', 'Connection: X-Asked', 'X-Asked: 1', 'TE: trailers', 'Keep-Alive: a', 'X-Kept: 1')),
  )
  assert.equal([valuesOf(lines, 'x-answer'), valuesOf(lines, 'x-kept')], [[], ['1']])
  const names = served.origin.requestsOf('/')[0]?.fields.map(([name]) => name) ?? []
  for (const name of ['x-asked', 'te', 'keep-alive']) assert.not(names.includes(name), name)
  assert.ok(names.includes('x-kept'))
})

test('the origin is addressed by its own name, path and query octet for octet', async () => {
  await using served = await serving()
  const target = '/a/../b/%2e%2E/c\\d?x=%41&y={}'
  await served.exchange(get(target))
  const [sent] = served.origin.requests
  assert.is(sent?.target, target)
  assert.is(sent?.header('host'), new URL(served.origin.base).host)
})

test('the path of the origin comes before that of each request', async () => {
  await using served = await serving()
  await using below = await serving({ origin: `${served.origin.base}/base/` })
  await below.exchange(get('/x'))
  assert.is(served.origin.requests[0]?.target, '/base/x')
})

test('no target leads out of the path of the origin, however it is written', async () => {
  await using served = await serving()
  await using below = await serving({ origin: `${served.origin.base}/base` })
  for (const target of ['/..', '/../x', '/a/../../x', '/%2e%2E/x', '/..%2fx', '/.%2e\\x', '/a/./../%2e./x?y'])
    assert.is(parse(await below.exchange(get(target))).status, 400, target)
  assert.is(served.origin.requests.length, 0)
  const within = ['/a/../x', '/a/b/../../x', '/...', '/a?/../..']
  for (const target of within) await below.exchange(get(target))
  assert.equal(
    served.origin.requests.map((request) => request.target),
    within.map((target) => `/base${target}`),
  )
})

test('where the whole origin is served, a target with dot segments goes on as it is', async () => {
  await using served = await serving()
  const targets = ['/..', '/../x', '/a/%2e./../x']
  for (const target of targets) await served.exchange(get(target))
  assert.equal(
    served.origin.requests.map(({ target }) => target),
    targets,
  )
})

test('a reason phrase goes on as it came: from the origin, before the body has ended, and from the cache', async () => {
  await using served = await serving()
  const rest = new Barrier()
  const said = { status: 203, statusText: 'Fine by me' }
  served.origin.on('/', { ...said, headers: FRESH, body: 'hello' }).on('/slow', { ...said, body: ['one', rest] })
  const client = await served.client()
  client.write(get('/slow'))
  await client.until('one')
  rest.open()
  for (let answers = 2; answers <= 5; answers++) {
    client.write(get('/'))
    await client.until(new RegExp(`^(HTTP/1.1 203 Fine by me\\r\\n[^]*?){${answers}}hello$`))
  }
  assert.is(served.origin.count('/'), 1)
})

test('RFC 9110 5.5: octets above 127 in a field go on as they are, however late the body comes', async () => {
  await using served = await serving()
  const rest = new Barrier()
  const name = 'caf\xe9 caf\xc3\xa9'
  const head = Buffer.from(
    `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\nX-Name: ${name}\r\n\r\n`,
    'latin1',
  )
  served.origin.on('/', { raw: [head, 'hello'] }).on('/slow', { raw: [head, rest, 'hello'] })
  const client = await served.client()
  client.write(get('/slow'))
  await client.until('\r\n\r\n')
  rest.open()
  await client.until('hello')
  client.write(get('/'))
  await client.until(/hello.*hello/s)
  assert.equal(client.received.match(/(?<=x-name: ).*(?=\r\n)/g), [name, name])
})

test('RFC 9112 3.2.2: a target in absolute-form goes on as its path and query', async () => {
  await using served = await serving()
  await served.exchange(get('http://elsewhere.example/x?y'))
  assert.is(served.origin.requests[0]?.target, '/x?y')
})

test('RFC 9112 3.2.2: a target in absolute-form without a path asks for the root', async () => {
  await using served = await serving()
  await using below = await serving({ origin: `${served.origin.base}/base` })
  for (const target of ['http://elsewhere.example', 'http://elsewhere.example?y']) await below.exchange(get(target))
  assert.equal(
    served.origin.requests.map(({ target }) => target),
    ['/base/', '/base/?y'],
  )
})

test('RFC 9110 9.3.2: HEAD has the head of GET and no body, and the next request on its connection is understood', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: FRESH, body: 'hello' })
  const client = await served.client()
  client.write(request('HEAD /') + request('HEAD /') + get('/', 'Connection: close'))
  const heads = (await client.rest()).split('HTTP/1.1 200 OK').slice(1)
  assert.equal(
    heads.map((head) => head.slice(head.indexOf('\r\n\r\n') + 4)),
    ['', '', 'hello'],
  )
  for (const head of heads) assert.match(head, /content-length: 5/)
  assert.is(served.origin.count('/'), 1)
})

test('RFC 9110 8.6: a 304 of the origin with a Content-Length is whole without a body, and its connection is kept', async () => {
  await using served = await serving()
  served.origin
    .on('/', { raw: 'HTTP/1.1 304 Not Modified\r\nConnection: close\r\nETag: "1"\r\nContent-Length: 5\r\n\r\n' })
    .on('/next', { body: 'next' })
  const client = await served.client()
  client.write(get('/', 'Authorization: me', 'If-None-Match: "1"'))
  const { status, lines } = parse(await client.until('\r\n\r\n'))
  assert.equal([status, valuesOf(lines, 'content-length')], [304, ['5']])
  client.write(get('/next'))
  await client.until(/next$/)
})

test('RFC 9110 13.1.2: a client that has the stored tag gets a 304 from the cache, without a body', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { ...FRESH, ETag: '"a"' }, body: 'hello' })
  await served.exchange(get('/'))
  const { status, lines, body } = parse(await served.exchange(get('/', 'If-None-Match: "a"')))
  assert.equal([status, body], [304, ''])
  assert.equal(valuesOf(lines, 'etag'), ['"a"'])
})

test('a body of unknown length is chunked to HTTP/1.1, and ends with the connection to HTTP/1.0', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['he', 'llo'] })
  const chunked = parse(await served.exchange(get('/')))
  assert.equal(valuesOf(chunked.lines, 'transfer-encoding'), ['chunked'])
  assert.match(chunked.body, /\r\n0\r\n\r\n$/)
  const client = await served.client()
  client.write('GET / HTTP/1.0\r\n\r\n')
  const old = parse(await client.rest())
  assert.equal([old.body, valuesOf(old.lines, 'transfer-encoding')], ['hello', []])
})

test('RFC 9110 6.5: trailers follow the body, from the origin and from the cache', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { ...FRESH, Trailer: 'X-Sum' }, body: ['a', 'b'], trailers: { 'X-Sum': '2' } })
  for (const source of ['origin', 'cache']) {
    const { lines, body } = parse(await served.exchange(get('/')))
    assert.equal(valuesOf(lines, 'content-length'), [], source)
    assert.match(body, /\r\n0\r\nx-sum: 2\r\n\r\n$/i, source)
  }
  const client = await served.client()
  client.write('GET / HTTP/1.0\r\n\r\n')
  const old = parse(await client.rest())
  assert.equal([old.body, valuesOf(old.lines, 'trailer')], ['ab', []])
})

test('several Set-Cookie lines stay several lines', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Set-Cookie': ['a=1', 'b=2'] } })
  assert.equal(valuesOf(parse(await served.exchange(get('/'))).lines, 'set-cookie'), ['a=1', 'b=2'])
})

test('RFC 9110 9.3.1: a GET with a body goes past the cache, with its body', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: FRESH })
  for (const body of ['ab', 'cd']) await served.exchange(`${get('/', 'Content-Length: 2')}${body}`)
  assert.equal(
    served.origin.requestsOf('/').map(({ body }) => body),
    ['ab', 'cd'],
  )
})

test('RFC 9110 9.3.7, 7.6.2: OPTIONS *, or with no hop left, is answered here; others go on with one hop less', async () => {
  await using served = await serving()
  served.origin.on('/', { status: 204 })
  for (const asked of [
    request('OPTIONS *'),
    request('OPTIONS http://proxy'),
    request('OPTIONS /', 'Max-Forwards: 0'),
  ]) {
    const { status, lines } = parse(await served.exchange(asked))
    assert.is(status, 204)
    assert.is(valuesOf(lines, 'allow').length, 1)
  }
  assert.is(served.origin.requests.length, 0)
  await served.exchange(request('OPTIONS /', 'Max-Forwards: 2'))
  assert.is(served.origin.requests[0]?.header('max-forwards'), '1')
})

test('a request body reaches the origin as it was framed, and the answer comes back', async () => {
  await using served = await serving()
  served.origin.on('/', (asked) => ({ status: 201, body: `${asked.header('content-length')} ${asked.body}` }))
  const counted = parse(await served.exchange(`${request('POST /', 'Content-Length: 3')}abc`))
  assert.equal([counted.status, counted.body], [201, '3 abc'])
  const chunked = parse(
    await served.exchange(`${request('POST /', 'Transfer-Encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`),
  )
  assert.is(chunked.body, 'undefined abc')
})

test('Edge Architecture 2.1: the origin is told of Surrogate-Control, the client is not', async () => {
  await using served = await serving()
  served.origin.on('/', { headers: { 'Surrogate-Control': 'max-age=60;tidewait', 'Cache-Control': 'no-store' } })
  for (let times = 0; times < 2; times++)
    assert.equal(valuesOf(parse(await served.exchange(get('/'))).lines, 'surrogate-control'), [])
  assert.is(served.origin.count('/'), 1)
  assert.is(served.origin.requests[0]?.header('surrogate-capability'), 'tidewait="Surrogate/1.0"')
})

test('RFC 9110 15.2: early hints go on to the client whose request caused the fetch, and are not stored', async () => {
  await using served = await serving()
  const hint = { status: 103, headers: { Link: '</style.css>; rel=preload' } }
  served.origin.on('/', { headers: FRESH, body: 'hello', informational: [hint] })
  const first = await served.exchange(get('/'))
  assert.match(first, /^HTTP\/1\.1 103 .*\r\nlink: <\/style\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 /i)
  assert.match(await served.exchange(get('/')), /^HTTP\/1\.1 200 /)
  const client = await served.client()
  client.write('GET /?old HTTP/1.0\r\n\r\n')
  assert.match(await client.rest(), /^HTTP\/1\.1 200 /)
})

test('surrogate fields do not go on to a client, nor in early hints', async () => {
  await using served = await serving()
  const forCaches = { 'Surrogate-Key': 'a', 'Surrogate-Control': 'max-age=9' }
  const hint = { status: 103, headers: { Link: '</style.css>; rel=preload', ...forCaches } }
  served.origin.on('/', { headers: { ...FRESH, ...forCaches }, body: 'hello', informational: [hint] })
  const answer = await served.exchange(get('/'))
  assert.match(answer, /^HTTP\/1\.1 103 .*\r\nlink: .*\r\n\r\nHTTP\/1\.1 200 /i)
  assert.not.match(answer, /surrogate-/i)
})

test.run()
