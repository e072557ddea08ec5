/** A listener hears once of each request that it begins and what it came to, also of a hit that is remembered. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestTrace } from '../../../lib/client/request/tracing.js'
import { openCache, startHost } from '../../../lib/index.js'
import { createProxy } from '../../../lib/proxy/index.js'
import { closesBeforeHeaders, neverAnswers } from '../../kit/answer.js'
import { startOrigin } from '../../kit/origin.js'

const channel = tracingChannel<unknown, RequestTrace>('tidewait:request')

/** What a listener hears while `action` runs: each message with what was known by then. */
async function heard(action: () => Promise<unknown>): Promise<string[]> {
  const messages: string[] = []
  const hears = (what: string) => (message: unknown) => {
    const { method, url, result, error } = message as RequestTrace
    const known = result ? ` ${result.status} ${result.source}` : error ? ` ${(error as { code?: string }).code}` : ''
    messages.push(`${what} ${method} ${new URL(url).pathname}${known}`)
  }
  const listeners = { start: hears('start'), asyncEnd: hears('end'), error: hears('error') }
  for (const [name, listener] of Object.entries(listeners)) channel[name as 'start'].subscribe(listener)
  await action()
  for (const [name, listener] of Object.entries(listeners)) channel[name as 'start'].unsubscribe(listener)
  return messages
}

const HIT = ['start GET /', 'end GET / 200 hit']

test('a listener hears of a miss, of hits, of a request past the cache, and of a failure', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'stored' }).on('/failed', closesBeforeHeaders)
  await using cache = openCache()
  const messages = await heard(async () => {
    for (let time = 0; time < 3; time++) await (await cache.send(origin.url('/'))).text()
    await (await cache.send(origin.url('/past'), { method: 'PUT' })).text()
    await cache.send(origin.url('/failed')).then(undefined, () => {})
  })
  assert.equal(messages, [
    ...['start GET /', 'end GET / 200 insert', ...HIT, ...HIT],
    ...['start PUT /past', 'end PUT /past 404 direct'],
    ...['start GET /failed', 'error GET /failed ConnectionTerminated', 'end GET /failed ConnectionTerminated'],
  ])
})

test('a listener hears of what a proxy answers, also in front of the parser', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'stored' })
  await using cache = openCache()
  await using proxy = createProxy(cache, { origin: origin.base })
  const { url } = await proxy.listen()
  const messages = await heard(async () => {
    for (let time = 0; time < 4; time++) await (await fetch(url)).text()
  })
  assert.equal(messages, ['start GET /', 'end GET / 200 insert', ...HIT, ...HIT, ...HIT])
})

for (const where of ['this thread', 'another thread'])
  test(`a listener hears of each end in the asynchronous context of that begin, on a host in ${where}`, async () => {
    await using origin = await startOrigin()
    origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'stored' }).on('/failed', closesBeforeHeaders)
    await using host = where === 'this thread' ? undefined : await startHost()
    await using cache = host?.connect() ?? openCache()
    const client = new AsyncLocalStorage<string>()
    const begun = new Map<unknown, string | undefined>()
    const ends: unknown[] = []
    const begins = (message: unknown) => begun.set(message, client.getStore())
    const finishes = (message: unknown) => ends.push([begun.get(message), client.getStore()])
    channel.start.subscribe(begins)
    channel.asyncEnd.subscribe(finishes)
    const paths = ['/', '/failed']
    const asked = paths.flatMap((path) =>
      ['a', 'b'].map((name) => client.run(name + path, () => cache.send(origin.url(path)).then())),
    )
    await Promise.allSettled(asked)
    channel.start.unsubscribe(begins)
    channel.asyncEnd.unsubscribe(finishes)
    const own = ['a', 'b'].flatMap((name) => paths.map((path) => [name + path, name + path]))
    assert.equal(ends.sort(), own)
  })

for (const where of ['this thread', 'another thread'])
  test(`a listener hears of the end of a request that is cancelled under way, on a host in ${where}`, async () => {
    await using origin = await startOrigin()
    origin.on('/never', neverAnswers)
    await using host = where === 'this thread' ? undefined : await startHost()
    await using cache = host?.connect() ?? openCache()
    const messages = await heard(async () => {
      for (const init of [{}, { afterSend() {} }, { method: 'POST' }]) {
        const pending = cache.send(origin.url('/never'), init)
        pending.poll()
        pending.cancel('enough')
      }
      cache.send(origin.url('/never')).cancel()
    })
    const cancelled = (method: string) =>
      ['start', 'error', 'end'].map((what) => `${what} ${method} /never${what === 'start' ? '' : ' Cancelled'}`)
    assert.equal(messages, [...cancelled('GET'), ...cancelled('GET'), ...cancelled('POST')])
  })

test.run()
