/** Redirects are followed as the Fetch standard has it. */

import * as assert from 'uvu/assert'
import type { Answer } from '../../kit/answer.js'
import { comparison, echo, plain, streamOf } from '../alike.js'

const { test, alike, cache, origin, away } = await comparison('redirect')

function to(location: string, status = 302): Answer {
  return { status, headers: { Location: location }, body: 'over there' }
}

for (const status of [301, 302, 303, 307, 308]) {
  const there = { '/': to('/there', status), '/there': echo }
  alike(`GET and ${status}`, there)
  alike(`HEAD and ${status}`, { ...there, '/there': plain }, { init: () => ({ method: 'HEAD' }) })
  for (const method of ['POST', 'PUT', 'DELETE'])
    alike(`${method} and ${status}`, there, { init: () => ({ method, body: 'x' }) })
  alike(`POST of a form and ${status}`, there, {
    init: () => ({ method: 'POST', body: new URLSearchParams('a=1'), headers: { 'Content-Language': 'en' } }),
  })
  alike(`POST of a stream and ${status}`, there, {
    init: () => ({ method: 'POST', body: streamOf('a', 'b'), duplex: 'half' }),
    outcome: status === 303 ? 'answers' : 'rejects',
  })
  alike(`manual and ${status}`, there, { init: () => ({ redirect: 'manual' }) })
  alike(`error and ${status}`, there, { init: () => ({ redirect: 'error' }), outcome: 'rejects' })
}

alike('a redirect without Location', { status: 302, body: 'nowhere' })
alike(
  'a redirect without Location, and error',
  { status: 302 },
  { init: () => ({ redirect: 'error' }), outcome: 'rejects' },
)
alike('Location without a redirect', to('/there', 300))
alike('a redirect to a query alone', ({ target }) => (target.includes('?') ? plain : to('?q=1')))
alike('a fragment that is kept', { '/': to('/there'), '/there': plain }, { query: '#fragment' })
alike('a fragment of its own', { '/': to('/there#other'), '/there': plain }, { query: '#fragment' })
alike('a Location beyond ASCII, in UTF-8 as browsers read it', {
  '/': to(Buffer.from('/there?stór').toString('latin1')),
  '/there': ({ target }) => ({ body: target.replace(/.*\?/, '') }),
})
alike('a redirect to no URL', to('http://:0:'), { outcome: 'rejects' })
alike('a redirect to another scheme', to('ftp://localhost/'), { outcome: 'rejects' })
alike('a redirect to data', to('data:,x'), { outcome: 'rejects' })
for (const [what, credentials] of [
  ['credentials', 'user:pass'],
  ['a user alone', 'user'],
  ['a password alone', ':pass'],
])
  alike(`a redirect with ${what}`, to(away.url('/echo').replace('//', `//${credentials}@`)), { outcome: 'rejects' })
alike('21 redirects', chain(22), { outcome: 'rejects' })
alike('20 redirects', { ...chain(20), '/20': plain })
const secrets = { Authorization: 'secret', Cookie: 'c=1' }
alike('credentials on their own origin', { '/': to('/there'), '/there': echo }, { init: () => ({ headers: secrets }) })
alike('credentials to another origin', to(away.url('/echo')), { init: () => ({ headers: secrets }) })
alike('there and back again in mode same-origin', to(away.url('/back')), {
  init: () => ({ mode: 'same-origin' }),
  outcome: 'rejects',
})
alike(
  'within one origin in mode same-origin',
  { '/': to('/there'), '/there': echo },
  { init: () => ({ mode: 'same-origin' }) },
)

alike('there and back again', to(away.url('/back')))
alike('a POST to another origin', to(away.url('/echo'), 307), {
  init: () => ({ method: 'POST', body: 'x', headers: { ...secrets, 'Content-Type': 'a/b' } }),
})

away.on('/back', to(origin.url('/home')))
origin.on('/home', plain)

function chain(length: number): Record<`/${string}`, Answer> {
  return Object.fromEntries(Array.from({ length }, (_, nth) => [`/${nth === 0 ? '' : nth}`, to(`/${nth + 1}`)]))
}

test('every hop of a redirect goes through the cache', async () => {
  const stored = { 'Cache-Control': 'max-age=60' }
  origin.on('/hop1', { status: 301, headers: { ...stored, Location: '/hop2' } })
  origin.on('/hop2', { status: 302, headers: { ...stored, Location: '/hop3' } })
  origin.on('/hop3', { headers: stored, body: 'at last' })
  for (const _ of [1, 2, 3]) {
    const response = await cache.fetch(origin.url('/hop1'))
    assert.equal([response.url, response.redirected], [origin.url('/hop3'), true])
    assert.is(await response.text(), 'at last')
  }
  assert.equal(
    ['/hop1', '/hop2', '/hop3'].map((path) => origin.count(path)),
    [1, 1, 1],
  )
})

test('cacheKey is the key of the redirect, not of where it leads', async () => {
  const stored = { 'Cache-Control': 'max-age=60' }
  origin.on('/keyed', { status: 301, headers: { ...stored, Location: '/led' } })
  origin.on('/led', { headers: stored, body: 'led' })
  for (const _ of [1, 2]) {
    assert.is(await (await cache.fetch(origin.url('/keyed'), { cacheKey: 'mine' })).text(), 'led')
  }
  assert.equal([origin.count('/keyed'), origin.count('/led')], [1, 1])
})

test('after a redirect the body of a Request is sent again if it was there at once, and refused if it was a stream', async () => {
  origin.on('/again', to('/echo-again', 307))
  origin.on('/echo-again', echo)
  const bytes = new Request(origin.url('/again'), { method: 'POST', body: 'payload' })
  assert.match(await (await cache.fetch(bytes)).text(), '"body":"payload"')
  const body = streamOf('a', 'b', 'c').pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
        controller.enqueue(chunk)
      },
    }),
  )
  const stream = new Request(origin.url('/again'), { method: 'POST', body, duplex: 'half' })
  assert.instance(await cache.fetch(stream).catch((error) => error), TypeError)
})

test('a hook sees every hop of a redirect', async () => {
  origin.on('/hooked', to('/hooked-there'))
  origin.on('/hooked-there', plain)
  const seen: string[] = []
  await cache.fetch(origin.url('/hooked'), { beforeSend: ({ url }) => void seen.push(url) })
  assert.equal(seen, [origin.url('/hooked'), origin.url('/hooked-there')])
})

test('a redirect that was followed holds no connection, though its body is endless', async () => {
  origin.on('/endless', { status: 302, headers: { Location: '/after' }, body: endless() })
  origin.on('/after', plain)
  await cache.fetch(origin.url('/endless'), { cache: 'no-store' })
  await origin.hungUp('/endless')
  assert.is(cache.stats().sends.active, 0)
})

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    yield 'more'.repeat(1000)
    await new Promise(setImmediate)
  }
}

test.run()
