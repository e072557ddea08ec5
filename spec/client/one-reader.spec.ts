/** A body has one reader: the program, or the client that its request is sent to. */

import type { ServerResponse } from 'node:http'
import * as assert from 'uvu/assert'
import { AlreadyFinishedError, type HttpResponse, type PendingRequest } from '../../lib/index.js'
import { startFront } from '../kit/front.js'
import { openStage, PLACES } from './stage.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

const readers: Readonly<Record<string, (response: HttpResponse) => unknown>> = {
  'text()': (response) => response.text(),
  'read()': (response) => response.read(),
  'toWeb()': (response) => response.toWeb(),
}

async function failureOf(sent: PromiseLike<void>): Promise<unknown> {
  return sent.then(
    () => 'sent',
    (failure: unknown) => failure,
  )
}

/** Hands the request to a client, and ends that client's response, which was sent nothing. */
async function handOver(pending: PendingRequest, response: ServerResponse): Promise<unknown> {
  const failure = await failureOf(pending.sendToClient(response))
  assert.not.ok(response.headersSent)
  response.end('nothing')
  return failure
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('one-reader', place)
  origin.on('/stored', { headers: FRESH, body: 'Once' })
  origin.on('/passing', { headers: { 'Cache-Control': 'no-store' }, body: 'Once' })

  for (const path of ['/stored', '/passing'])
    for (const [name, read] of Object.entries(readers))
      test(`sendToClient fails where ${name} has begun to read the body of ${path}, and sends nothing`, async () => {
        const pending = cache.send(origin.url(path))
        const response = await pending
        await read(response)
        let failure: unknown
        await using front = await startFront(async (_request, client) => {
          failure = await handOver(pending, client)
        })
        assert.is((await front.get()).body, 'nothing')
        assert.instance(failure, AlreadyFinishedError)
        response.cancel()
        await idle()
      })

  for (const path of ['/stored', '/passing'])
    test(`a program cannot read the body of ${path} that was sent to a client`, async () => {
      const pending = cache.send(origin.url(path))
      await using front = await startFront(async (_request, client) => {
        await pending.sendToClient(client)
      })
      assert.is((await front.get()).body, 'Once')
      const response = await pending
      assert.is(response.bodyUsed, true)
      for (const read of Object.values(readers)) assert.throws(() => read(response), isUsed)
      await idle()
    })

  for (const path of ['/stored', '/passing'])
    test(`once toWeb has given out the body of ${path}, nothing else can read it`, async () => {
      const response = await cache.send(origin.url(path))
      const web = response.toWeb()
      for (const read of Object.values(readers)) assert.throws(() => read(response), isUsed)
      assert.is(await web.text(), 'Once')
      await idle()
    })

  test('of two clients that one request is sent to, only the first gets the answer', async () => {
    const pending = cache.send(origin.url('/stored'))
    await using first = await startFront(async (_request, client) => {
      await pending.sendToClient(client)
    })
    await using second = await startFront(async (_request, client) => {
      assert.instance(await handOver(pending, client), AlreadyFinishedError)
    })
    assert.is((await first.get()).body, 'Once')
    assert.is((await second.get()).body, 'nothing')
  })

  test.run()
}

function isUsed(failure: unknown): boolean {
  return failure instanceof AlreadyFinishedError && /has begun to read the body/.test(failure.message)
}
