/** A client that goes away ends what is under way for it alone, however early it goes. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, openCache, startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { startFront } from '../kit/front.js'
import { startOrigin } from '../kit/origin.js'

test('a client that goes away before the rest of its body is written ends the fetch', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', new Barrier()] })
  await using cache = openCache()
  const clients: ServerResponse[] = []
  await using front = await startFront((_request, response) => void clients.push(response))
  const visit = front.visit()
  while (clients.length === 0) await turn()
  const [client] = clients as [ServerResponse]
  const sent = cache.send(origin.url('/')).sendToClient(client)
  while (!sent.poll().ready) await turn()
  assert.ok(client.headersSent)
  client.emit('close')
  await origin.hungUp('/')
  visit.destroy()
  await once(client, 'close')
})

test('for a client that has gone away before the call, nothing is fetched', async () => {
  await using origin = await startOrigin()
  origin.on('/', { body: ['one', new Barrier()] })
  await using cache = openCache()
  const clients: ServerResponse[] = []
  await using front = await startFront((_request, response) => void clients.push(response))
  const visit = front.visit()
  while (clients.length === 0) await turn()
  const [client] = clients as [ServerResponse]
  const gone = once(client, 'close')
  visit.destroy()
  await gone
  for (const method of ['GET', 'POST']) {
    const sent = cache.send(origin.url('/'), { method }).sendToClient(client)
    assert.instance(await sent.then(undefined, (failure: unknown) => failure), CancelledError)
  }
  while (cache.stats().sends.active > 0) await turn()
  assert.is(cache.stats().transactions.led, 1)
  assert.is(origin.requestsOf('/').filter(({ method }) => method === 'GET').length, 0)
})

for (const where of ['this thread', 'another thread'] as const) {
  test(`sendToClient fails at once when its client goes away, though the fetch goes on for others, on a host in ${where}`, async () => {
    await using origin = await startOrigin()
    const answers = origin.hold('/')
    origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: 'stored' })
    await using host = where === 'another thread' ? await startHost() : undefined
    await using cache = host?.connect() ?? openCache()
    const failed = new Barrier()
    const failures: unknown[] = []
    await using front = await startFront(async (_request, client) => {
      failures.push(await failureOf(cache.send(origin.url('/')).sendToClient(client)))
      failed.open()
    })
    const visit = front.visit()
    await origin.arrived('/')
    visit.destroy()
    await failed.opened
    assert.instance(failures[0], CancelledError)
    answers.open()
    assert.is(await (await cache.send(origin.url('/'))).text(), 'stored')
    assert.is(origin.count('/'), 1)
  })
}

for (const where of ['this thread', 'another thread'] as const) {
  for (const body of ['whole', ['in ', 'pieces']]) {
    test(`a client that goes away when its request has finished was not answered, on a host in ${where}, ${body}`, async () => {
      await using origin = await startOrigin()
      origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body })
      await using host = where === 'another thread' ? await startHost() : undefined
      await using cache = host?.connect() ?? openCache()
      const clients: ServerResponse[] = []
      await using front = await startFront((_request, response) => void clients.push(response))
      const visit = front.visit()
      while (clients.length === 0) await turn()
      const [client] = clients as [ServerResponse]
      const pending = cache.send(origin.url('/'))
      const sent = pending.sendToClient(client)
      await pending
      const gone = once(client, 'close')
      visit.destroy()
      await gone
      assert.instance(await failureOf(sent), CancelledError)
      while (cache.stats().handles > 0) await turn()
    })
  }
}

test('a program that reads the body still gets all of it when the client was answered by somebody else', async () => {
  await using origin = await startOrigin()
  const more = new Barrier()
  origin.on('/', { body: ['one', more, ' two'] })
  await using cache = openCache()
  let text: PromiseLike<string> | undefined
  await using front = await startFront(async (_request, client) => {
    const pending = cache.send(origin.url('/'))
    const sent = pending.sendToClient(client)
    text = (await pending).text()
    client.end('another')
    await sent.then(undefined, () => {})
    more.open()
  })
  assert.is((await front.get()).body, 'another')
  assert.is(await text, 'one two')
})

test.run()
