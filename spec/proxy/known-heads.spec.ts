/** What a head means is worked out once, for that very head. */

import type { IncomingMessage } from 'node:http'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/client/open-cache.js'
import { KnownHeads } from '../../lib/proxy/known-heads.js'
import { readSettings } from '../../lib/proxy/options.js'

interface Head {
  readonly method?: string
  readonly url?: string
  readonly httpVersion?: string
  readonly rawHeaders?: string[]
}

const HOST = ['Host', 'proxy']

function head({ method = 'GET', url = '/', httpVersion = '1.1', rawHeaders = HOST }: Head = {}): IncomingMessage {
  return { method, url, httpVersion, httpVersionMajor: 1, rawHeaders } as IncomingMessage
}

function knownHeads(): KnownHeads {
  return new KnownHeads(readSettings({ origin: 'http://origin.example' }), openCache())
}

test('the very same head means the very same', () => {
  const heads = knownHeads()
  const first = heads.read(head())
  assert.is(heads.read(head({ rawHeaders: [...HOST] })), first)
})

for (const [what, other] of [
  ['method', { method: 'HEAD' }],
  ['target', { url: '/?' }],
  ['version', { httpVersion: '1.0' }],
  ['value', { rawHeaders: ['Host', 'other'] }],
  ['case of a name', { rawHeaders: ['host', 'proxy'] }],
  ['line more', { rawHeaders: [...HOST, 'Accept', '*/*'] }],
] as const) {
  test(`one ${what} makes another head, and neither is taken for the other`, () => {
    const heads = knownHeads()
    const [first, second] = [heads.read(head()), heads.read(head({ ...other } as Head))]
    assert.is.not(second, first)
    assert.is(heads.read(head()), first)
    assert.is(heads.read(head({ ...other } as Head)), second)
  })
}

test('the order of lines counts', () => {
  const heads = knownHeads()
  const first = heads.read(head({ rawHeaders: [...HOST, 'X-A', '1', 'X-A', '2'] }))
  const second = heads.read(head({ rawHeaders: [...HOST, 'X-A', '2', 'X-A', '1'] }))
  assert.equal(
    first.options.request.fields.filter(([name]) => name === 'x-a').map(([, value]) => value),
    ['1', '2'],
  )
  assert.equal(
    second.options.request.fields.filter(([name]) => name === 'x-a').map(([, value]) => value),
    ['2', '1'],
  )
})

test('what is refused is refused each time', () => {
  const heads = knownHeads()
  const twoHosts = () => heads.read(head({ rawHeaders: [...HOST, ...HOST] }))
  for (let time = 0; time < 3; time++) assert.throws(twoHosts, /one Host/)
})

test('a head that announces a body is never known, nor a long one', () => {
  const heads = knownHeads()
  for (const line of [
    ['Content-Length', '3'],
    ['Cookie', 'c'.repeat(4000)],
  ]) {
    const asked = () => heads.read(head({ rawHeaders: [...HOST, ...line] }))
    assert.is.not(asked(), asked())
  }
})

test('of many targets, and of many kinds of clients for one, those that came first are forgotten', () => {
  const heads = knownHeads()
  const target = heads.read(head())
  for (let nth = 0; nth < 1024; nth++) heads.read(head({ url: `/${nth}` }))
  assert.is.not(heads.read(head()), target)
  const kind = heads.read(head({ url: '/kinds' }))
  for (let nth = 0; nth < 4; nth++)
    heads.read(head({ url: '/kinds', rawHeaders: [...HOST, 'User-Agent', String(nth)] }))
  assert.is.not(heads.read(head({ url: '/kinds' })), kind)
})

test.run()
