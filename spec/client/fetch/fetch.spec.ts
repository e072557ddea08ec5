/** `cache.fetch` does as the platform's `fetch` does, from the cache where it may. */

import { runInNewContext } from 'node:vm'
import ky from 'ky'
import { createFetch } from 'ofetch'
import * as assert from 'uvu/assert'
import type { FetchInit } from '../../../lib/client/fetch/fetch-init.js'
import { isSendError } from '../../../lib/index.js'
import { CLOSE } from '../../kit/answer.js'
import { comparison, echo, plain, streamOf } from '../alike.js'

const { test, alike, cache, origin } = await comparison('fetch')

for (const status of [200, 201, 203, 226, 300, 302, 304, 400, 404, 418, 451, 500, 503, 599, 600, 999])
  alike(`status ${status}`, { ...plain, status })
alike('status 204', { status: 204, headers: { 'X-Own': 'a' } })
alike('status 205', { status: 205, body: '' })
alike('status 206, unasked for', { ...plain, status: 206 })
alike('a reason phrase of its own', { ...plain, statusText: 'Fine by me' })
alike('a 103 before the answer', { ...plain, informational: [{ status: 103 }] })
alike(
  'a 101 that nobody asked for',
  { raw: ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', CLOSE] },
  { outcome: 'rejects' },
)
alike('cookies and repeated fields', { headers: { 'Set-Cookie': ['a=1', 'b=2'], Vary: ['a', 'b'] }, body: 'x' })
alike('HEAD', plain, { init: () => ({ method: 'HEAD' }) })
alike('HEAD in small letters', plain, { init: () => ({ method: 'head' }) })
alike('an unknown method', echo, { init: () => ({ method: 'Purge' }) })
alike('a forbidden method', plain, { init: () => ({ method: 'TRACE' }), outcome: 'rejects' })
alike('an integrity that is no text', plain, { init: () => ({ integrity: 5 as unknown as string }) })
alike('a URL with a fragment', plain, { query: '?q#fragment' })
alike('no options at all', plain, { init: () => null as unknown as FetchInit })
alike('an unknown redirect mode', plain, {
  init: () => ({ redirect: 'sometimes' as 'follow' }),
  outcome: 'rejects',
})
alike('options that are no object', plain, { init: () => 'POST' as unknown as FetchInit, outcome: 'rejects' })
alike('a signal that is no AbortSignal', plain, { init: () => ({ signal: {} as AbortSignal }), outcome: 'rejects' })
alike('a header that is no pair', plain, { init: () => ({ headers: [['a']] as never }), outcome: 'rejects' })
alike('options that only mean something to a browser', plain, {
  init: () => ({ credentials: 'include', mode: 'cors', referrer: 'about:client', keepalive: true, priority: 'low' }),
})
for (const said of [
  { mode: 'open' },
  { credentials: 'all' },
  { referrer: '::' },
  { referrerPolicy: 'x' },
  { window: 1 },
])
  alike(`an option that no browser would take: ${JSON.stringify(said)}`, plain, {
    init: () => said as never,
    outcome: 'rejects',
  })
alike('a method that its mode does not allow', plain, {
  init: () => ({ mode: 'no-cors', method: 'PUT' }),
  outcome: 'rejects',
})
alike('a connection that ends before the answer', { raw: CLOSE }, { outcome: 'rejects' })
alike('a body that ends too early', { body: 'part', declaredLength: 100 }, { outcome: 'breaks off' })
alike('a field that cannot be sent', plain, { init: () => ({ headers: { a: 'b\nc' } }), outcome: 'rejects' })

test('a stored answer is given as the first was, each time with one hit more', async () => {
  origin.on('/stored', { headers: { 'Cache-Control': 'max-age=60', 'X-Own': 'a' }, body: 'stored' })
  for (const hits of ['0', '1', '2']) {
    const response = await cache.fetch(origin.url('/stored'))
    assert.instance(response, Response)
    assert.is(response.headers.get('x-cache-hits'), hits)
    assert.is(response.url, origin.url('/stored'))
    assert.is(await response.text(), 'stored')
  }
  assert.is(origin.count('/stored'), 1)
})

test('a clone has the URL and status of its response, and both bodies can be read', async () => {
  origin.on('/clone', { status: 999, body: 'twice' })
  const response = await cache.fetch(origin.url('/clone'))
  const clone = response.clone().clone()
  assert.instance(clone, Response)
  assert.is(clone.url, origin.url('/clone'))
  assert.equal([clone.status, clone.ok], [999, false])
  assert.equal([await clone.text(), await response.text()], ['twice', 'twice'])
})

test('a response can be wrapped in a Proxy, and its properties be redefined, as programs do', async () => {
  origin.on('/wrapped', plain)
  for (const from of [fetch, cache.fetch as typeof fetch]) {
    const response = await from(origin.url('/wrapped'))
    const wrapped = new Proxy(response, {
      get(target, name) {
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    assert.equal([await wrapped.clone().text(), wrapped.url], ['body', origin.url('/wrapped')])
    for (const name of ['url', 'status', 'redirected', 'type'])
      assert.is(Object.defineProperty(response, name, { value: 'mine' })[name as 'url'], 'mine')
  }
})

test('the headers of a response cannot be changed, as those of the platform; a copy of them can, and those of toWeb', async () => {
  origin.on('/fields', plain)
  for (const from of [fetch, cache.fetch as typeof fetch]) {
    const response = await from(origin.url('/fields'))
    for (const { headers } of [response, response.clone()]) {
      for (const change of [
        () => headers.set('x-own', 'c'),
        () => headers.append('x-new', 'c'),
        () => headers.delete('x-own'),
      ])
        assert.throws(change, (failure: unknown) => failure instanceof TypeError)
      assert.is(headers.get('x-own'), 'a, b')
      assert.instance(headers, Headers)
    }
    for (const { headers } of [new Response('x', response), { headers: new Headers(response.headers) }]) {
      headers.set('x-own', 'c')
      assert.is(headers.get('x-own'), 'c')
    }
  }
  const response = (await cache.send(origin.url('/fields'))).toWeb()
  response.headers.set('x-own', 'c')
  assert.is(response.headers.get('x-own'), 'c')
})

test('fetch takes a Request, with its method, headers and body', async () => {
  origin.on('/request', echo)
  const request = new Request(origin.url('/request#fragment'), {
    method: 'PUT',
    body: 'payload',
    headers: { Authorization: 'secret' },
  })
  const { method, said, body } = (await (await cache.fetch(request)).json()) as Echo
  assert.equal([method, body], ['PUT', 'payload'])
  assert.equal(said.slice(0, 4), [
    ['content-type', 'text/plain;charset=UTF-8'],
    ['content-length', '7'],
    ['transfer-encoding', null],
    ['authorization', 'secret'],
  ])
})

test('a signal of null is no signal, and takes the place of that of a Request', async () => {
  origin.on('/unsignalled', plain)
  const request = () => new Request(origin.url('/unsignalled'), { signal: AbortSignal.abort() })
  for (const fetched of [fetch(request(), { signal: null }), cache.fetch(request(), { signal: null })])
    assert.is(await (await fetched).text(), 'body')
})

test('an option of fetch wins over the same property of a Request', async () => {
  origin.on('/wins', echo)
  const request = new Request(origin.url('/wins'), { method: 'PUT', body: 'payload', headers: { Cookie: 'a=1' } })
  const response = await cache.fetch(request, { method: 'POST', body: 'mine', headers: { Authorization: 'secret' } })
  const { method, said, body } = (await response.json()) as Echo
  assert.equal([method, body, new Map(said).get('cookie')], ['POST', 'mine', null])
})

interface Echo {
  readonly method: string
  readonly said: readonly (readonly [string, string | null])[]
  readonly body: string
}

test('a Request is used from the call on, and has one body for one fetch', async () => {
  origin.on('/once', (request) => ({ body: request.body }))
  const request = new Request(origin.url('/once'), { method: 'POST', body: 'x' })
  const first = cache.fetch(request)
  assert.is(request.bodyUsed, true)
  assert.instance(await cache.fetch(request).catch((error) => error), TypeError)
  assert.is(await (await first).text(), 'x')
})

test('a body may be of a class of another realm', async () => {
  origin.on('/realm', (request) => ({ body: request.body }))
  for (const made of ['new Uint8Array([97])', 'new Uint8Array([97]).buffer', 'new DataView(new ArrayBuffer(1))']) {
    const body: Uint8Array = runInNewContext(made)
    assert.is((await (await cache.fetch(origin.url('/realm'), { method: 'POST', body })).text()).length, 1)
  }
})

test('a dispatcher is refused rather than ignored, for whoever gives one means a proxy or a mock', async () => {
  const init = { dispatcher: { dispatch: () => true } } as unknown as FetchInit
  const failure = await cache.fetch(origin.url('/dispatched'), init).catch((error) => error)
  assert.instance(failure, TypeError)
  assert.match(failure.message, /openCache/)
  assert.is(origin.count('/dispatched'), 0)
})

test('a Request whose body was used already is refused, before anything is sent', async () => {
  const request = new Request(origin.url('/used'), { method: 'POST', body: 'x' })
  await request.text()
  assert.instance(await cache.fetch(request).catch((error) => error), TypeError)
  assert.is(origin.count('/used'), 0)
})

test('fetch rejects with a SendError where no answer came', async () => {
  origin.on('/none', { raw: CLOSE })
  const failure = await cache.fetch(origin.url('/none')).catch((error) => error)
  assert.ok(isSendError(failure))
})

test('fetch rejects, and does not throw, for a URL that cannot be requested', async () => {
  const secret = ['user:pass', 'user', ':pass'].map(
    (credentials) => `http://${credentials}@${new URL(origin.base).host}/`,
  )
  for (const input of ['/relative', 'ftp://localhost/', ...secret]) {
    const answer = cache.fetch(input)
    assert.is((await answer.catch((error) => error)).code, 'InvalidArgument', input)
  }
})

test('a data or blob URL is answered as by the platform, also in a Request, and an invalid one is refused', async () => {
  const blob = URL.createObjectURL(new Blob(['a blob'], { type: 'text/x-blob' }))
  for (const url of ['data:text/x-data;base64,YSBkYXRh', ' DATA:text/x-data,a%20data', blob]) {
    for (const input of [url, new URL(url), new Request(url)]) {
      const [ours, theirs] = [await cache.fetch(input), await fetch(input)]
      assert.equal([ours.status, ours.url, [...ours.headers]], [theirs.status, theirs.url, [...theirs.headers]])
      assert.is(await ours.text(), await theirs.text())
    }
  }
  const failure = await cache.fetch('data:no-comma').catch((error) => error)
  assert.equal([failure.name, failure.message], ['TypeError', 'fetch failed'])
})

test('fetch sends User-Agent, Accept and Accept-Encoding of its own, unless the caller gives them', async () => {
  origin.on('/agent', plain)
  await cache.fetch(origin.url('/agent'))
  await cache.fetch(origin.url('/agent?1'), {
    headers: { 'User-Agent': 'mine', Accept: 'text/html', Range: 'bytes=0-1' },
  })
  const said = origin
    .requestsOf('/agent')
    .map(({ header }) => ['user-agent', 'accept', 'accept-encoding'].map((name) => header(name)))
  assert.equal(said, [
    ['tidewait', '*/*', 'gzip, deflate, br'],
    ['mine', 'text/html', 'identity'],
  ])
})

test('ky works over fetch: JSON both ways, retries, and its own errors', async () => {
  origin.on('/ky', ({ body }, nth) => (nth === 1 ? { status: 503 } : { body: body || '{"got":1}' }))
  const api = ky.create({ fetch: cache.fetch, retry: { delay: () => 0 }, hooks: { afterResponse: [() => {}] } })
  assert.equal(await api.get(origin.url('/ky')).json(), { got: 1 })
  assert.is(origin.count('/ky'), 2)
  assert.equal(await api.post(origin.url('/ky'), { json: { sent: 2 } }).json(), { sent: 2 })
  assert.is(origin.requestsOf('/ky')[2]?.header('content-length'), '10')
  origin.on('/ky-404', { status: 404 })
  const failure = await api.get(origin.url('/ky-404')).catch((error) => error)
  assert.equal([failure.name, failure.response.status], ['HTTPError', 404])
})

test('ky over fetch is answered from the cache, under its own timeout and signal', async () => {
  origin.on('/ky-stored', { headers: { 'Cache-Control': 'max-age=60' }, body: 'once' })
  const api = ky.create({ fetch: cache.fetch, prefixUrl: origin.base, timeout: 5000 })
  const bodies = await Promise.all([1, 2, 3].map(() => api.get('ky-stored').text()))
  assert.equal([bodies, origin.count('/ky-stored')], [['once', 'once', 'once'], 1])
})

test('ofetch works over fetch: JSON both ways, queries, retries, streams, and its own errors', async () => {
  origin.on('/of', ({ target, body }, nth) =>
    nth === 1 ? { status: 503 } : { body: body || JSON.stringify({ target }) },
  )
  origin.on('/of-404', { status: 404, headers: { 'Content-Type': 'application/json' }, body: '{"why":"gone"}' })
  const api = createFetch({ fetch: cache.fetch, defaults: { baseURL: origin.base, retryDelay: 0 } })
  assert.equal(await api('/of', { query: { a: 1 } }), { target: '/of?a=1' })
  assert.is(origin.count('/of'), 2)
  assert.equal(await api('/of', { method: 'POST', body: { sent: 2 } }), { sent: 2 })
  assert.equal(await api('/of', { method: 'POST', body: streamOf('{"a"', ':3}') }), { a: 3 })
  const failure = await api('/of-404').catch((error) => error)
  assert.equal([failure.name, failure.status, failure.data], ['FetchError', 404, { why: 'gone' }])
})

test('ofetch over fetch is answered from the cache, and its timeout ends the request to the origin', async () => {
  origin.on('/of-stored', { headers: { 'Cache-Control': 'max-age=60' }, body: 'once' })
  origin.hold('/of-silent')
  const api = createFetch({ fetch: cache.fetch, defaults: { baseURL: origin.base, retry: 0 } })
  const bodies = await Promise.all([1, 2, 3].map(() => api('/of-stored', { responseType: 'text' })))
  assert.equal([bodies, origin.count('/of-stored')], [['once', 'once', 'once'], 1])
  const failure = await api('/of-silent', { timeout: 50 }).catch((error) => error)
  assert.is(failure.name, 'FetchError')
  await origin.hungUp('/of-silent')
})

test.run()
