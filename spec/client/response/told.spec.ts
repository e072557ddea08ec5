/** A response tells what the cache knows of it, and the same wherever the host is. */

import * as assert from 'uvu/assert'
import type { HttpResponse } from '../../../lib/index.js'
import { openStage, PLACES } from '../stage.js'

const KNOWN = {
  'Cache-Control': 'max-age=60, stale-while-revalidate=5, stale-if-error=7',
  Age: '10',
  Vary: 'Two, one',
  'Surrogate-Key': 'b a',
}

/** Age and freshness go on with the clock, the rest stands. */
function told({ source, wasCached, isStale, staleWhileRevalidate, staleIfError, vary, surrogateKeys }: HttpResponse) {
  return { source, wasCached, isStale, staleWhileRevalidate, staleIfError, vary, surrogateKeys: surrogateKeys.slice(1) }
}

for (const place of PLACES) {
  const { test, origin, cache } = await openStage('told', place)

  test('a miss and a hit tell the stale windows in seconds, vary in lower case, and the surrogate keys', async () => {
    origin.on('/known', { headers: KNOWN })
    const stored = { staleWhileRevalidate: 5, staleIfError: 7, vary: ['one', 'two'], surrogateKeys: ['b', 'a'] }
    const miss = await cache.send(origin.url('/known'))
    const hit = await cache.send(origin.url('/known'))
    assert.equal(told(miss), { source: 'insert', wasCached: false, isStale: false, ...stored })
    assert.equal(told(hit), { source: 'hit', wasCached: true, isStale: false, ...stored })
    for (const { age, ttl } of [miss, hit])
      assert.ok(age !== undefined && ttl !== undefined && age >= 10 && age + ttl === 60)
    assert.equal([miss.hits, hit.hits], [0, 1])
  })

  test('a stale response tells its age, that it is stale, and a ttl of 0', async () => {
    origin.on('/stale', { headers: { 'Cache-Control': 'max-age=60, stale-while-revalidate=60', Age: '70' } })
    await cache.send(origin.url('/stale'))
    const { isStale, age = 0, ttl, revalidation } = await cache.send(origin.url('/stale'))
    assert.equal([isStale, ttl, age >= 70], [true, 0, true])
    await revalidation
  })

  test('a response that went past the cache tells nothing of the cache', async () => {
    const past = await cache.send(origin.url('/past'), { cacheOverride: 'pass' })
    const nothing = { staleWhileRevalidate: undefined, staleIfError: undefined, vary: [], surrogateKeys: [] }
    assert.equal(told(past), { source: 'direct', wasCached: false, isStale: undefined, ...nothing })
    assert.equal([past.age, past.ttl, past.hits], [undefined, undefined, 0])
  })

  test('the backend of a response is the origin of its URL where no backend was named', async () => {
    const response = await cache.send(origin.url('/unnamed'))
    assert.is(response.backend, new URL(origin.url('/')).origin)
  })

  test('json() gives what the body says, and fails with a SyntaxError where the body is no JSON', async () => {
    origin.on('/json', { body: '{"a": [1, "é"]}' })
    origin.on('/text', { body: '{"a"' })
    assert.equal(await (await cache.send(origin.url('/json'))).json(), { a: [1, 'é'] })
    const [failed] = await Promise.allSettled([(await cache.send(origin.url('/text'))).json()])
    assert.instance(failed.status === 'rejected' && failed.reason, SyntaxError)
  })

  test.run()
}
