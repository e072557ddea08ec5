/** A request whose answer is for its caller alone goes to the origin as asked: with its method, range and conditions. */

import * as assert from 'uvu/assert'
import { type Cache, openCache, startHost } from '../../../lib/index.js'
import { SILENCE } from '../../kit/answer.js'
import type { OriginRequest, Script } from '../../kit/origin.js'
import { comparison } from '../alike.js'

const { test, alike, origin } = await comparison('as-asked')

const ASKED: readonly (readonly [what: string, init: { method?: string; headers?: Record<string, string> }])[] = [
  ['HEAD', { method: 'HEAD' }],
  ['a range', { headers: { Range: 'bytes=2-3' } }],
  ['a range of a version', { headers: { Range: 'bytes=2-3', 'If-Range': '"v"' } }],
  ['If-None-Match', { headers: { 'If-None-Match': '"v"' } }],
  ['If-None-Match of another version', { headers: { 'If-None-Match': '"u"' } }],
  ['If-Match', { headers: { 'If-Match': '"u"' } }],
]

/** An origin that knows methods, ranges and conditions, and says nothing of caching. */
const careful =
  (headers: Record<string, string>): Script =>
  (request) => {
    const own = { ...headers, ETag: '"v"', 'X-Asked': asked(request).join(' ') }
    if (request.header('if-match') === '"u"') return { status: 412, headers: own }
    if (request.header('if-none-match') === '"v"') return { status: 304, headers: own }
    if (request.header('range') === undefined) return { headers: own, body: request.method === 'HEAD' ? '' : 'abcdef' }
    return { status: 206, headers: { ...own, 'Content-Range': 'bytes 2-3/6' }, body: 'cd' }
  }

function asked({ method, header }: OriginRequest) {
  return [method, header('range'), header('if-range'), header('if-none-match'), header('if-match')].filter(Boolean)
}

for (const [what, { method = 'GET', headers }] of ASKED)
  alike(`${what}, with Authorization`, careful({ 'Cache-Control': 'private' }), {
    init: () => ({ method, headers: { ...headers, Authorization: 'signed' } }),
  })

async function everywhere(check: (cache: Cache, path: string) => Promise<void>): Promise<void> {
  const host = await startHost()
  for (const cache of [openCache(), host.connect()]) {
    const path = `/own-${++paths}`
    await check(cache, path)
    await cache.close()
  }
  await host.close()
}

let paths = 0

test('while a mark stands, requests go to the origin with their own method, range and conditions', () =>
  everywhere(async (cache, path) => {
    origin.on(path, careful({ 'Cache-Control': 'no-store' }))
    await (await cache.fetch(origin.url(path))).text()
    for (const [, init] of ASKED) await (await cache.fetch(origin.url(path), init)).text()
    const [, ...requests] = origin.requestsOf(path).map((request) => asked(request).join(' '))
    const wanted = ASKED.map(([, { method = 'GET', headers = {} }]) => [method, ...Object.values(headers)].join(' '))
    assert.equal(requests, wanted)
  }))

const OF_THE_WHOLE: readonly (readonly [headers: Record<string, string>, ...seen: unknown[]])[] = [
  [{ Range: 'bytes=2-3' }, 206, 'cd', 'bytes 2-3/6', '2'],
  [{ Range: 'bytes=4-' }, 206, 'ef', 'bytes 4-5/6', '2'],
  [{ Range: 'bytes=-6' }, 206, 'abcdef', 'bytes 0-5/6', '6'],
  [{ Range: 'bytes=6-' }, 416, '', 'bytes */6', '0'],
  [{ Range: 'bytes=2-3', 'If-Range': '"u"' }, 200, 'abcdef', null, '6'],
  [{ 'If-None-Match': '"v"' }, 304, '', null, null],
  [{ 'If-None-Match': '"u"' }, 200, 'abcdef', null, '6'],
]

test('a leader fetches the whole and gives its caller what it asked for, also where the answer may not be stored', () =>
  everywhere(async (cache, path) => {
    for (const [n, [headers, ...expected]] of OF_THE_WHOLE.entries())
      for (const hooks of [{}, { beforeSend() {} }]) {
        const own = `${path}-${n}-${Object.keys(hooks).length}`
        origin.on(own, { headers: { 'Cache-Control': 'no-store', ETag: '"v"', 'Set-Cookie': 'a=1' }, body: 'abcdef' })
        const response = await cache.fetch(origin.url(own), { headers, ...hooks })
        const [range, length] = ['content-range', 'content-length'].map((name) => response.headers.get(name))
        assert.equal([response.status, await response.text(), range, length], expected)
        assert.equal(response.headers.getSetCookie(), ['a=1'])
        assert.is(origin.count(own), 1)
      }
  }))

test('a range of an answer that is not stored reads no further than the range goes', () =>
  everywhere(async (cache, path) => {
    origin.on(path, { headers: { 'Cache-Control': 'no-store' }, body: ['ab', 'cd', SILENCE], declaredLength: 100 })
    const response = await cache.fetch(origin.url(path), { headers: { Range: 'bytes=1-2' } })
    assert.equal([response.status, await response.text()], [206, 'bc'])
    await origin.hungUp(path)
  }))

test('a body that breaks off within the requested range breaks off for the caller', () =>
  everywhere(async (cache, path) => {
    origin.on(path, { headers: { 'Cache-Control': 'no-store' }, body: 'ab', declaredLength: 100 })
    const response = await cache.fetch(origin.url(path), { headers: { Range: 'bytes=1-20' } })
    assert.instance(await response.text().catch((failure) => failure), TypeError)
  }))

test('a public answer serves callers with Authorization too, and their HEAD stores nothing', () =>
  everywhere(async (cache, path) => {
    const Authorization = 'signed'
    origin.on(path, careful({ 'Cache-Control': 'public, max-age=60' }))
    await cache.fetch(origin.url(path), { method: 'HEAD', headers: { Authorization } })
    assert.is(await (await cache.fetch(origin.url(path), { headers: { Authorization } })).text(), 'abcdef')
    const part = await cache.fetch(origin.url(path), { headers: { Authorization, Range: 'bytes=2-3' } })
    assert.equal([part.status, await part.text()], [206, 'cd'])
    assert.equal(origin.requestsOf(path).map(asked), [['HEAD'], ['GET']])
  }))

test('a request with a hook fetches the whole, so that the hook sees what is fetched', () =>
  everywhere(async (cache, path) => {
    origin.on(path, careful({ 'Cache-Control': 'private' }))
    const seen: string[] = []
    const headers = { Authorization: 'signed', Range: 'bytes=2-3' }
    await (await cache.fetch(origin.url(path), { headers, beforeSend: ({ method }) => void seen.push(method) })).text()
    assert.equal([seen, origin.requestsOf(path).map(asked)], [['GET'], [['GET']]])
  }))

test('explain foretells that a request goes to the origin as asked, and says why', () =>
  everywhere(async (cache, path) => {
    origin.on(path, careful({}))
    const init = { method: 'HEAD', headers: { Authorization: 'signed' } }
    const { decision, steps, cacheStatus } = await cache.explain(origin.url(path), init)
    assert.equal([decision, steps.at(-1)?.rule, cacheStatus.forward], ['direct', 'RFC 9111 3.5', 'uri-miss'])
    const response = await cache.fetch(origin.url(path), init)
    assert.match(response.headers.get('cache-status') ?? '', 'fwd=uri-miss')
  }))

test.run()
