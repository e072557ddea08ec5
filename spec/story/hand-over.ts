/** Answers that go to clients of `node:http` (1.6, T95, T96). */

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, type PendingRequest } from '../../lib/index.js'
import { closesBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { startFront } from '../kit/front.js'
import { delivered, opening, PAST } from './client.js'
import { both, codeOf, fastly, ok, type Story, told } from './world.js'

export const handOver: readonly Story[] = [
  both('T95 a hand-over fails with its fetch, and nothing is sent to the client', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    await using front = await startFront(async (_request, response) => {
      assert.is(await codeOf(page.send().sendToClient(response)), 'ConnectionTerminated')
      assert.is(response.headersSent, false)
      response.writeHead(418).end()
    })
    assert.is((await front.get()).status, 418)
  }),

  both('T96 a direct request is handed over before it is answered', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const gate = page.hold()
    const order: string[] = []
    const answer = delivered(
      () => page.send(PAST),
      (handover) =>
        handover.then(() => {
          order.push('handed over')
          gate.open()
        }),
    )
    const { body } = await answer
    order.push('answered')
    assert.equal([order, body], [['handed over', 'answered'], 'body'])
  }),

  both(
    'T96 a direct request that has failed already is handed over all the same: its client gets a gateway error',
    async (world) => {
      const page = world.resource(closesBeforeHeaders)
      await using front = await startFront(async (_request, response) => {
        const pending = page.send(PAST)
        pending.setResponseHeader('x-error', '1', 'error')
        await codeOf(pending)
        await pending.sendToClient(response)
      })
      const { status, headers } = await front.get()
      assert.equal([status, headers['x-error']], [502, '1'])
    },
  ),

  fastly(
    'T96 a waiter that turns direct, and a request that meets a mark, are handed over before they are answered',
    async (world) => {
      const page = world.resource(ok('private'))
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(1)
      const [waited, met] = [new Barrier(), new Barrier()]
      const waiter = delivered(() => page.send(), opening(waited))
      await world.waiting(1)
      const rest = page.hold()
      gate.open()
      await waited.opened
      const later = delivered(() => page.send(), opening(met))
      await met.opened
      rest.open()
      assert.equal([(await waiter).body, (await later).body, (await told(leader)).body], ['body', 'body', 'body'])
    },
  ),

  both('1.6 a request that turns direct goes on though its hand-over was cancelled', async (world) => {
    const page = world.resource(ok('private'))
    const gate = page.hold()
    let pending: PendingRequest | undefined
    await using front = await startFront((_request, response) => {
      pending = page.send()
      const handover = pending.sendToClient(response)
      handover.poll()
      handover.cancel()
      void pending.then(() => response.end('by hand'))
    })
    const body = front.get().then(({ body }) => body)
    await page.arrived(1)
    gate.open()
    assert.is(await body, 'by hand')
    assert.is(await (await (pending as PendingRequest)).text(), 'body')
  }),

  both('1.6 a leader whose client goes away fetches on for its waiters, wherever it runs', async (world) => {
    const page = world.resource(ok('max-age=60', 'shared'))
    const gate = page.hold()
    const gone = new Barrier()
    await using front = await startFront(async (_request, response) => {
      response.once('close', () => gone.open())
      await page
        .send()
        .sendToClient(response)
        .then(undefined, () => {})
    })
    const visitor = front.visit()
    await page.arrived(1)
    const waiter = page.start()
    await world.waiting(1)
    visitor.destroy()
    await gone.opened
    // The host knows of the closed client by the time it gives these stats.
    assert.is(world.stats.transactions.waiting, 1)
    gate.open()
    assert.is((await told(waiter)).body, 'shared')
    assert.is(page.fetches, 1)
  }),

  both('1.6 a hand-over whose client goes away is cancelled, though its leader fetches on', async (world) => {
    for (const answer of [ok('max-age=60'), closesBeforeHeaders]) {
      const page = world.resource(answer)
      const gate = page.hold()
      const ended: Promise<string>[] = []
      const gone = new Barrier()
      await using front = await startFront((_request, response) => {
        response.once('close', () => gone.open())
        ended.push(codeOf(page.send().sendToClient(response)))
      })
      const visitor = front.visit()
      await page.arrived(1)
      visitor.destroy()
      await gone.opened
      gate.open()
      assert.equal(await Promise.all(ended), ['CancelledError'])
    }
  }),

  both('1.6-4 a client gets interim heads before its answer, through the cache and past it', async (world) => {
    for (const init of [{}, PAST]) {
      const page = world.resource({ informational: [{ status: 103, headers: { Link: '</a>' } }], body: 'body' })
      await using front = await startFront(async (_request, response) => page.send(init).sendToClient(response))
      const heard: unknown[] = []
      const visitor = front.visit()
      visitor.on('information', ({ statusCode, headers }) => heard.push([statusCode, headers['link']]))
      const [answer] = (await once(visitor, 'response')) as [IncomingMessage]
      answer.resume()
      assert.equal([answer.statusCode, heard], [200, [[103, '</a>']]])
    }
  }),

  both('1.6-5 a request on its way to a client is cancelled when something else answers that client', async (world) => {
    const page = world.resource(ok('max-age=60'))
    page.hold()
    let late: PendingRequest | undefined
    await using front = await startFront(async (_request, response) => {
      late = page.send(PAST)
      await late.sendToClient(response)
      await page.arrived(1)
      response.end('another')
    })
    assert.is((await front.get()).body, 'another')
    assert.is(await codeOf(late as PendingRequest), 'CancelledError')
  }),

  both(
    '1.6-4 a client is answered once: a second hand-over is refused, and the first answer comes whole',
    async (world) => {
      const more = new Barrier()
      const page = world.resource({ headers: { 'Cache-Control': 'max-age=60' }, body: ['begin', more, ' end'] })
      const other = world.resource(ok('max-age=60', 'other'))
      const gate = other.hold()
      const refused: unknown[] = []
      await using front = await startFront(async (_request, response) => {
        const late = [other.send(), other.send(PAST)].map((pending) => pending.sendToClient(response))
        await page.send().sendToClient(response)
        const later = other.send()
        refused.push(thrownBy(() => later.sendToClient(response)))
        later.cancel()
        gate.open()
        refused.push(await late[0]?.then(undefined, (failure: unknown) => failure))
        await world.until(({ sends }) => sends.active === 1)
        more.open()
      })
      assert.is((await front.get()).body, 'begin end')
      for (const failure of refused) assert.instance(failure, InvalidArgumentError)
    },
  ),
]
