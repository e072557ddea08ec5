/** The admin port answers operators, strictly, and no page of a browser. */

import { request } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Admin } from '../../lib/proxy/index.js'
import { get, type Serving, serving } from './fixture.js'

/** The admin port of a proxy, and what it says. */
async function administered(served: Serving): Promise<Asked> {
  const admin = new Admin({
    stats: () => served.proxy.stats(),
    explain: (asked) => served.proxy.explain(asked),
    purge: (order) => served.proxy.purge(order),
  })
  const url = await admin.listen()
  return {
    ask: (name, options) => ask(url + name, options),
    order: (name, order) => ask(url + name, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(order) }),
    [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
  }
}

interface Asked extends AsyncDisposable {
  ask(name: string, options?: Options): Promise<Told>
  order(name: string, order: unknown): Promise<Told>
}

interface Options {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface Told {
  readonly status: number
  readonly cacheControl: string | undefined
  readonly text: string
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** By `request`, since `fetch` does not let everything be sent. */
function ask(url: string, { method = 'GET', headers = {}, body = '' }: Options = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      resolve({ status: response.statusCode ?? 0, cacheControl: response.headers['cache-control'], text })
    })
    asked.on('error', reject).end(body)
  })
}

test('stats are served on the admin port, and not to clients of the proxy', async () => {
  await using served = await serving()
  await using admin = await administered(served)
  assert.is(JSON.parse((await admin.ask('stats')).text).requests.started, 0)
  assert.is((await admin.ask('stats')).cacheControl, 'no-store')
  assert.is((await admin.ask('')).status, 404)
  assert.is((await admin.ask('stats', { method: 'POST', headers: JSON_TYPE })).status, 405)
  assert.is((await admin.ask('purge')).status, 405)
  await served.exchange(get('/__tidewait/stats'))
  assert.is(served.origin.requests[0]?.target, '/__tidewait/stats')
})

test('explain says what the proxy would do with a request of a client, and sends nothing', async () => {
  await using served = await serving()
  served.origin.on('/page', { headers: { 'Cache-Control': 'max-age=60', Vary: 'Accept-Language' } })
  await using admin = await administered(served)
  const decide = async (order: object) => JSON.parse((await admin.order('explain', order)).text)
  assert.is((await decide({ url: '/page?a' })).decision, 'fetch')
  await served.exchange(get('/page?a', 'Accept-Language: fr'))
  const french = { headers: [['Accept-Language', 'fr']] }
  assert.is((await decide({ url: '/page?a', ...french })).decision, 'hit')
  assert.is((await decide({ url: 'http://whatever.example/page?a', ...french })).decision, 'hit')
  assert.is((await decide({ url: '/page?a' })).decision, 'fetch')
  assert.is((await decide({ url: '/page?a', method: 'POST' })).decision, 'direct')
  assert.is((await decide({ url: '/page?a', ...french })).steps[0].rule, 'RFC 9111 2')
  assert.is(served.origin.count('/page'), 1)
})

test('explain encodes what no request line can hold, as clients do', async () => {
  await using served = await serving()
  await using admin = await administered(served)
  const decide = async (url: string) => JSON.parse((await admin.order('explain', { url })).text).decision
  served.origin.on('/a%20b%C3%A9', { headers: { 'Cache-Control': 'max-age=60' } })
  assert.is(await decide('/a bé'), 'fetch')
  await served.exchange(get('/a%20b%C3%A9'))
  assert.is(await decide('/a bé'), 'hit')
  assert.is(await decide('http://proxy/a%20bé'), 'hit')
})

test('purge takes a URL as clients request it, a surrogate key, or everything', async () => {
  await using served = await serving()
  served.origin.on('/page', { headers: { 'Cache-Control': 'max-age=60', 'Surrogate-Key': 'book' } })
  await using admin = await administered(served)
  for (const target of [
    { url: '/page' },
    { url: 'http://proxy/page', soft: true },
    { surrogateKey: 'book' },
    { all: true },
  ]) {
    await served.exchange(get('/page'))
    assert.equal(JSON.parse((await admin.order('purge', target)).text), { purged: 1 })
  }
  await served.exchange(get('/page'))
  assert.is(served.origin.count('/page'), 5)
})

test('an invalid order is refused by the admin port, and says why', async () => {
  await using served = await serving()
  await using admin = await administered(served)
  for (const [name, order] of [
    ['explain', {}],
    ['explain', { url: 'page' }],
    ['explain', { url: '/', method: 'CONNECT' }],
    ['explain', { url: '/', method: 'G T' }],
    ['explain', { url: '/', headers: { a: 'b' } }],
    ['explain', { url: '/', headers: [['a', 'b\r\nc: d']] }],
    ['explain', { url: '/', colour: 'red' }],
    ['purge', {}],
    ['purge', { url: 5 }],
    ['purge', { url: '/', all: true }],
    ['purge', { all: false }],
    ['purge', { all: true, soft: true }],
    ['purge', { surrogateKey: 'a b' }],
    ['purge', { all: true, soft: 'yes' }],
    ...[[], null, 5].flatMap((order) => ['explain', 'purge'].map((name) => [name, order] as const)),
  ] as const) {
    const { status, text } = await admin.order(name, order)
    assert.is(status, 400, JSON.stringify(order))
    assert.match(text, /^400 Bad Request: \S/)
  }
  assert.is((await admin.ask('purge', { method: 'POST', headers: JSON_TYPE, body: '{' })).status, 400)
  assert.is((await admin.order('purge', { url: '/'.repeat(70_000) })).status, 413)
})

for (const [who, headers] of [
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ['a page on another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ['a page whose browser says only its origin', { origin: 'http://other.example' }],
  ['a page without an origin of its own', { origin: 'null' }],
  ['a page that calls this machine by a name of its own', { host: 'rebound.example:80' }],
  ['a request without a host that could be one', { host: 'a b' }],
] as const) {
  test(`the admin port refuses ${who}, whatever it asks for`, async () => {
    await using served = await serving()
    await using admin = await administered(served)
    assert.is((await admin.ask('stats', { headers })).status, 403)
    const order = { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: '{"all":true}' }
    assert.is((await admin.ask('purge', order)).status, 403)
  })
}

test('the admin port refuses orders of a content type that a form can have', async () => {
  await using served = await serving()
  await using admin = await administered(served)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
    assert.is(
      (await admin.ask('purge', { method: 'POST', headers: { 'content-type': type }, body: '{"all":true}' })).status,
      415,
    )
})

test('the admin port may be addressed by an address or as localhost', async () => {
  await using served = await serving()
  await using admin = await administered(served)
  for (const host of ['localhost', 'LOCALHOST:9', '127.0.0.1', '10.1.2.3:9', '[::1]', '[::1]:9'])
    assert.is((await admin.ask('stats', { headers: { host } })).status, 200, host)
})

test.run()
