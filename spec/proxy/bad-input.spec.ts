/** Invalid arguments are refused at the call, before anything listens. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache, startHost } from '../../lib/index.js'
import { Admin, accessLine, createProxy } from '../../lib/proxy/index.js'
import { type Call, refuses } from '../kit/refused.js'
import { serving } from './fixture.js'

const origin = 'http://origin.example'

test('createProxy refuses an invalid cache, origin or option', async () => {
  await using cache = openCache()
  for (const other of [undefined, null, 5, {}]) refuses(() => (createProxy as Call)(other, { origin }))
  const alone = [undefined, null, 5, 'x', [], {}, { origin: 5 }, { origin: 'x' }, { origin: 'ftp://a' }]
  for (const options of alone) refuses(() => (createProxy as Call)(cache, options))
  const besides = [
    ...[{ name: 5 }, { name: 'a b' }, { accessLog: 5 }, { backend: 5 }, { clock: 5 }, { clock: null }, { extra: 1 }],
    ...[{ maxBodyBytes: -1 }, { maxHeadBytes: '1' }, { keepAliveMs: Number.NaN }],
  ]
  for (const options of besides) refuses(() => (createProxy as Call)(cache, { origin, ...options }))
})

for (const [where, open] of [
  ['in this thread', openCache],
  ['of a host thread', startHost],
] as const)
  test(`createProxy refuses a backend that its cache does not have, ${where}`, async () => {
    await using opened = await open({ backends: { known: origin } })
    const cache = 'connect' in opened ? opened.connect() : opened
    createProxy(cache, { origin, backend: 'known' })
    refuses(() => createProxy(cache, { origin, backend: 'unknown' }))
  })

test('listen and close refuse invalid options, and do nothing then', async () => {
  await using served = await serving()
  const { proxy } = served
  const admin = new Admin({
    stats: () => '',
    explain: (asked) => proxy.explain(asked),
    purge: (order) => proxy.purge(order),
  })
  const listens = [proxy.listen.bind(proxy), admin.listen.bind(admin)] as Call[]
  for (const options of [
    null,
    5,
    { ports: 1 },
    { port: -1 },
    { port: '80' },
    { port: 70_000 },
    { host: 5 },
    { host: '' },
  ])
    for (const listen of listens) refuses(() => listen(options))
  const close = proxy.close.bind(proxy) as Call
  for (const options of [null, 5, { drain: 1 }, { drainMs: -1 }, { drainMs: '1' }]) refuses(() => close(options))
  assert.match(await served.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 404/)
})

test('accessLine refuses what is no record', () => {
  for (const record of [undefined, null, 'GET /', {}, { startedAtMs: 0 }, { startedAtMs: Number.NaN, durationMs: 1 }])
    refuses(() => (accessLine as Call)(record))
})

test('a value that cannot even be printed is refused like any other invalid value', async () => {
  await using cache = openCache()
  const proxy = createProxy(cache, { origin })
  for (const given of [5n, Symbol('s'), Object.create(null), { toString: null }]) {
    refuses(() => (createProxy as Call)(cache, { origin: given }))
    refuses(() => (proxy.listen as Call).call(proxy, { port: given }))
  }
})

test('an Admin is refused without each of its operations', () => {
  const operations = { stats: () => '', explain: () => undefined, purge: () => 0 }
  for (const given of [undefined, null, 5, [], {}, { ...operations, purge: 5 }])
    refuses(() => Reflect.construct(Admin, [given]))
  for (const name of Object.keys(operations))
    refuses(() => Reflect.construct(Admin, [{ ...operations, [name]: undefined }]))
  assert.instance(Reflect.construct(Admin, [operations]), Admin)
})

test('explain and purge of a proxy refuse invalid arguments, and nothing is purged', async () => {
  await using served = await serving()
  const { proxy } = served
  await served.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const explain = proxy.explain.bind(proxy) as Call
  for (const asked of [undefined, null, 5, '/', [], {}, { url: 5 }, { url: '/', headers: 5 }, { url: '/', extra: 1 }])
    refuses(() => explain(asked))
  const unclear: [name: string, value: string][][] = [
    [
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', '5'],
    ],
    [['Transfer-Encoding', 'gzip']],
    [
      ['Transfer-Encoding', 'chunked'],
      ['Transfer-Encoding', 'chunked'],
    ],
    [
      ['Content-Length', '5'],
      ['Content-Length', '5'],
    ],
    [['Content-Length', '+5']],
    [['Host', 'another']],
  ]
  for (const headers of unclear) refuses(() => explain({ url: '/', method: 'POST', headers }))
  const purge = proxy.purge.bind(proxy) as Call
  for (const order of [undefined, null, 5, [], {}, { url: '/' }, { target: { all: true }, sofft: true }])
    refuses(() => purge(order))
  for (const target of [undefined, null, 5, '/', [], {}, { url: 5 }, { url: '/', all: true }, { surrogateKey: '' }])
    refuses(() => purge({ target, soft: false }))
  assert.is(await proxy.purge({ target: { all: true }, soft: false }), 1)
})

test.run()
