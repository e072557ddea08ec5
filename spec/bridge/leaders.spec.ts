/** A request that leads from a guest's thread, for its hooks' sake, comes to what it would in the host's thread. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type Stats, startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'
import { until } from './crew.js'

interface Place extends AsyncDisposable {
  readonly cache: Cache<Stats>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'in the thread of the host': async () => {
    const cache = openCache()
    return { cache, [Symbol.asyncDispose]: () => cache.close() }
  },
  'in another thread than the host': async () => {
    const host = await startHost()
    return { cache: host.connect() as Cache<Stats>, [Symbol.asyncDispose]: () => host.close() }
  },
}

const hooks = { beforeSend() {} }

for (const [where, open] of Object.entries(places)) {
  test(`a revalidation by a leader ${where} is not counted as a hit`, async () => {
    await using origin = await startOrigin()
    await using place = await open()
    const headers = { ETag: '"1"', 'Cache-Control': 'max-age=60, stale-while-revalidate=60' }
    origin.on('/page', [
      { headers, body: 'tide' },
      { status: 304, headers },
    ])
    const url = origin.url('/page')
    const hits: number[] = []
    const ask = async () => {
      const response = await place.cache.send(url, hooks)
      hits.push(response.hits)
      await response.text()
      await response.revalidation
    }
    await ask()
    await place.cache.purge({ url }, { soft: true })
    await ask()
    await ask()
    assert.equal(hits, [0, 1, 2])
    assert.is(origin.count('/page'), 2)
  })

  test(`an object that is purged while a leader ${where} revalidates it stays gone, and no revalidation has failed`, async () => {
    await using origin = await startOrigin()
    await using place = await open()
    const headers = { ETag: '"1"', 'Cache-Control': 'max-age=60, stale-while-revalidate=60' }
    origin.on('/page', ({ header }) => (header('if-none-match') ? { status: 304, headers } : { headers, body: 'tide' }))
    const url = origin.url('/page')
    await (await place.cache.send(url, hooks)).text()
    await place.cache.purge({ url }, { soft: true })
    const held = origin.hold('/page')
    const { revalidation } = await place.cache.send(url, hooks)
    await origin.arrived('/page', 2)
    await place.cache.purge({ url })
    held.open()
    await revalidation
    const { source } = await place.cache.send(url, hooks)
    const { failed } = place.cache.stats().revalidations
    assert.equal([source, failed], ['insert', 0])
  })

  test(`a leader ${where} whose range turns out to begin beyond the end gets a 416`, async () => {
    await using origin = await startOrigin()
    await using place = await open()
    const rest = new Barrier()
    origin.on('/page', { headers: { 'Cache-Control': 'max-age=60' }, body: ['ti', rest, 'de'] })
    const pending = place.cache.send(origin.url('/page'), { ...hooks, headers: { range: 'bytes=9-12' } })
    const answer = pending.then((response) => response)
    await until('its body comes', () => place.cache.stats().transactions.inserts === 1)
    rest.open()
    const response = await answer
    assert.equal([response.status, response.headers.get('content-range')], [416, 'bytes */4'])
  })

  test(`a request that is first driven inside a hook of a leader ${where}, but not made by it, waits for that leader`, async () => {
    await using origin = await startOrigin()
    await using place = await open()
    const { cache } = place
    const page = origin.on('/page', { headers: { 'Cache-Control': 'max-age=60' }, body: 'tide' }).url('/page')
    origin.on('/other', { body: 'ebb' })
    let hook: 'due' | 'done' = 'due'
    const beforeSend = () => {
      cache.send(origin.url('/other')).poll()
      hook = 'done'
    }
    const pendings = [cache.send(page, { beforeSend })]
    for (; hook === 'due'; await new Promise(setImmediate)) {
      pendings.push(cache.send(page))
      pendings[0]?.poll()
    }
    for (const pending of pendings) assert.is(await (await pending).text(), 'tide')
    assert.is(origin.count('/page'), 1)
  })
}

test.run()
