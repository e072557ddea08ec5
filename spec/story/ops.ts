/** Edits, answers to clients, and many at once (T93 to T99). */

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, type PendingRequest } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { startFront } from '../kit/front.js'
import { closesBeforeHeaders } from '../kit/origin.js'
import { both, codeOf, fastly, first, ok, type Story, told, toldAll } from './world.js'

const TARGETS = ['response', 'error', 'any'] as const

function editAll(pending: PendingRequest): void {
  for (const target of TARGETS) pending.setResponseHeader(`x-${target}`, '1', target)
}

/** Which of the edits made by `editAll` an answer has. */
function edits(header: (name: string) => unknown): string[] {
  return TARGETS.filter((target) => header(`x-${target}`) === '1')
}

/** A request that goes past the cache in either policy. */
const PAST = { cacheOverride: 'pass' } as const

export const ops: readonly Story[] = [
  both('T93 edits are made in order, to the answer they are meant for, and never to what is stored', async (world) => {
    const page = world.resource(ok('max-age=60', 'body', { 'X-Seen': 'a', 'X-Gone': 'b' }))
    const pending = page.send()
    pending.setResponseHeader('x-seen', 'set', 'any')
    pending.appendResponseHeader('x-seen', 'appended', 'response')
    pending.removeResponseHeader('x-seen', 'error')
    pending.removeResponseHeader('x-gone')
    const { headers } = await told(pending)
    assert.equal([headers.get('x-seen'), headers.get('x-gone')], ['set, appended', null])
    const stored = (await page.get()).headers
    assert.equal([stored.get('x-seen'), stored.get('x-gone')], ['a', 'b'])
  }),

  both('T93 an edit that is not a header is refused at once', (world) => {
    const pending = world.resource(ok('max-age=60')).send()
    for (const [name, value] of [
      ['not a name', 'x'],
      ['x', 'not\na value'],
    ] as const) {
      assert.instance(
        thrownBy(() => pending.setResponseHeader(name, value)),
        InvalidArgumentError,
      )
    }
    assert.instance(
      thrownBy(() => pending.setResponseHeader('x', 'y', 'nobody' as 'any')),
      InvalidArgumentError,
    )
    pending.cancel()
    return Promise.resolve()
  }),

  both('T94 past the cache, a client gets the edits meant for its answer', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const { status, header, body } = await delivered(() => {
      const pending = page.send(PAST)
      editAll(pending)
      return pending
    })
    assert.equal([status, body, edits(header)], [200, 'body', ['response', 'any']])
  }),

  both('T94 and if the backend dies after the hand-off, a 5xx with the edits meant for errors', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    const { status, header } = await delivered(() => {
      const pending = page.send(PAST)
      editAll(pending)
      return pending
    })
    assert.equal([status >= 500, edits(header)], [true, ['error', 'any']])
  }),

  fastly(
    'T94 what turns out to be uncacheable goes past the cache too, and is handed over like that',
    async (world) => {
      const page = world.resource([ok('private'), ok('private'), closesBeforeHeaders])
      await page.get()
      const ask = () => {
        const pending = page.send()
        editAll(pending)
        return pending
      }
      const answered = await delivered(ask)
      assert.equal([answered.status, edits(answered.header)], [200, ['response', 'any']])
      const died = await delivered(ask)
      assert.equal([died.status >= 500, edits(died.header)], [true, ['error', 'any']])
    },
  ),

  both('T95 a leader answers its client once its candidate is committed, with the response edits', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const gate = page.hold()
    let sent: PromiseLike<void> | undefined
    const answer = delivered(
      () => {
        const pending = page.send()
        editAll(pending)
        return pending
      },
      (handover) => {
        sent = handover.then(() => {})
      },
    )
    await page.arrived(1)
    gate.open()
    const { status, header, body } = await answer
    await sent
    assert.equal([status, body, edits(header)], [200, 'body', ['response', 'any']])
    assert.is((await page.get()).response.wasCached, true)
  }),

  both('T95 if its fetch fails, so does the hand-over, and nothing was sent', async (world) => {
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

  fastly('T96 so is one that turns direct, be it one that waits or one that meets the mark', async (world) => {
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
  }),

  fastly('T94 one that was handed over when it turned direct, and whose backend dies then, is a 502', async (world) => {
    const page = world.resource(first(ok('private'), closesBeforeHeaders))
    await page.get()
    const gate = page.hold()
    const { status, header } = await delivered(() => {
      const pending = page.send()
      editAll(pending)
      return pending
    }, opening(gate))
    assert.equal([status, edits(header)], [502, ['error', 'any']])
  }),

  both('1.6 one that turns direct under a hand-over that was cancelled goes on', async (world) => {
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

  both('1.6 a leader whose client goes away fetches on for those who wait, wherever it runs', async (world) => {
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
    // The host has been told by the time it tells this.
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

  both('1.6-4 interim heads come first, through the cache and past it, wherever the request runs', async (world) => {
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

  both('1.6-5 what was on its way to a client that somebody else has answered ends with that answer', async (world) => {
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

  both('1.6-4 a client is answered once: the second answer is refused, and the first is whole', async (world) => {
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
  }),

  both(
    'T97 of a waiter, its leader and a slow direct one, an answered one wins, and the rest stay usable',
    async (world) => {
      const page = world.resource(ok('max-age=60', 'shared'))
      const slow = world.resource(ok('max-age=60', 'slow'))
      const gate = slow.hold()
      const leader = page.start()
      const waiter = page.start()
      const direct = slow.start({ method: 'POST' })
      await leader
      const { index, value, rest } = world.cache.select([waiter, leader, direct])
      assert.ok(index < 2)
      assert.is(await value.text(), 'shared')
      assert.equal([rest.length, rest.includes(direct)], [2, true])
      gate.open()
      const bodies = (await toldAll(rest)).map(({ body }) => body)
      assert.equal(bodies, ['shared', 'slow'])
      assert.equal([page.fetches, slow.fetches], [1, 1])
    },
  ),

  both('T98 select takes neither none nor more than 16,384, and polls nobody to say so', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const pending = page.send()
    for (const count of [0, 16_385]) {
      assert.instance(
        thrownBy(() => world.cache.select(new Array<PendingRequest>(count).fill(pending))),
        InvalidArgumentError,
      )
    }
    assert.equal([page.fetches, pending.state], [0, 'fresh'])
    pending.cancel()
  }),

  both('T99 of several answered ones, the lowest index wins, each time', async (world) => {
    const pages = Array.from({ length: 4 }, (_, i) => world.resource(ok('max-age=60', `${i}`)))
    let pendings = pages.map((page) => page.start())
    await Promise.all(pendings)
    for (const expected of ['0', '1', '2', '3']) {
      const { index, value, rest } = world.cache.select(pendings)
      assert.equal([index, await value.text()], [0, expected])
      pendings = rest
    }
  }),
]

/** Opens a barrier once it is handed over. */
function opening(barrier: Barrier): (handover: PromiseLike<void>) => void {
  return (handover) =>
    void handover.then(
      () => barrier.open(),
      () => {},
    )
}

/** What a client gets of a request that is sent to it; `told` hears of the hand-over. */
async function delivered(
  request: () => PendingRequest,
  told: (handover: PromiseLike<void>) => void = (handover) => void handover.then(undefined, () => {}),
): Promise<{ status: number; body: string; header: (name: string) => unknown }> {
  await using front = await startFront((_request, response) => told(request().sendToClient(response)))
  const { status, headers, body } = await front.get()
  return { status, body, header: (name) => headers[name] }
}
