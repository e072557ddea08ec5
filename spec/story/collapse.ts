/** Collapse: one fetch for all requests made at once (T13 to T24). */

import * as assert from 'uvu/assert'
import type { PendingRequest, SendError } from '../../lib/index.js'
import { type Answer, closesBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { both, codeOf, fastly, ok, type Resource, rfc9111, type Story, told, toldAll, type World } from './world.js'

/** A leader whose fetch the origin holds, and `waiters` requests that wait for it. */
async function crowd(world: World, page: Resource, waiters: number): Promise<{ all: PendingRequest[]; gate: Barrier }> {
  const gate = page.hold()
  const leader = page.start()
  await page.arrived(1)
  const rest = page.starts(waiters)
  await world.waiting(waiters)
  return { all: [leader, ...rest], gate }
}

const bodies = async (pendings: readonly PendingRequest[]): Promise<string[]> =>
  (await toldAll(pendings)).map(({ body }) => body)

const FAILED: Answer = { status: 500, body: 'failed' }

export const collapse: readonly Story[] = [
  both('T13 ten requests at once are answered by one fetch', async (world) => {
    const page = world.resource((_request, nth) => ok('max-age=60', `answer ${nth}`))
    const { all, gate } = await crowd(world, page, 9)
    gate.open()
    const [leader, ...waiters] = await toldAll(all)
    assert.is(page.fetches, 1)
    assert.equal([leader?.body, leader?.response.hits, leader?.response.wasCached], ['answer 1', 0, false])
    for (const { body, response, headers } of waiters) {
      assert.is(body, 'answer 1')
      assert.ok(response.hits >= 1 && response.wasCached)
      assert.is(headers.get('x-cache'), 'HIT')
    }
  }),

  both('T14 waiters get the head before the body has ended, and its bytes as they come', async (world) => {
    const more = new Barrier()
    const page = world.resource({ headers: { 'Cache-Control': 'max-age=60' }, body: ['begin', more, ' end'] })
    const { all, gate } = await crowd(world, page, 2)
    gate.open()
    const responses = await Promise.all(all)
    for (const response of responses) {
      assert.is(response.status, 200)
      assert.is(new TextDecoder().decode(await response.read()), 'begin')
    }
    more.open()
    for (const response of responses) {
      assert.is(new TextDecoder().decode(await response.read()), ' end')
      assert.is(await response.read(), undefined)
    }
    assert.is(page.fetches, 1)
  }),

  rfc9111('T15 the failure of a leader is shared by its waiters, and a later request fetches again', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    assert.equal(await Promise.all(all.map(codeOf)), new Array(4).fill('ConnectionTerminated'))
    assert.is(page.fetches, 1)
    assert.is(await codeOf(page.start()), 'ConnectionTerminated')
    assert.is(page.fetches, 2)
  }),

  rfc9111('T15 each of those who share a failure is told of its own request, not of another user', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    const gate = page.hold()
    const leader = page.start({ headers: { cookie: 'of the leader' } })
    await page.arrived(1)
    const follower = page.start({ headers: { cookie: 'of the follower' } })
    await world.waiting(1)
    gate.open()
    for (const [pending, cookie] of [
      [leader, 'of the leader'],
      [follower, 'of the follower'],
    ] as const) {
      const { code, blame, request, cause } = await failureOf<SendError>(pending)
      assert.equal([code, blame, request.fields], ['ConnectionTerminated', 'origin', [['cookie', cookie]]])
      assert.is((cause as { code?: string }).code, 'UND_ERR_SOCKET')
    }
    assert.is(page.fetches, 1)
  }),

  fastly('T15 when each leader fails, the waiters fetch one after another', async (world) => {
    const page = world.resource(closesBeforeHeaders)
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    assert.equal(await Promise.all(all.map(codeOf)), new Array(4).fill('ConnectionTerminated'))
    assert.equal([page.fetches, page.mostAtOnce], [4, 1])
  }),

  both('T15 a hook that throws fails its own request and no other: the first waiter leads', async (world) => {
    for (const hook of ['beforeSend', 'afterSend'] as const) {
      const page = world.resource((_request, nth) => ok('max-age=60', `answer ${nth}`))
      const asked = new Barrier()
      const leader = page.start({
        async [hook]() {
          await asked.opened
          throw new Error('mine')
        },
      })
      await world.until(({ transactions }) => transactions.obligations === 1)
      const waiters = page.starts(2)
      await world.waiting(2)
      asked.open()
      assert.is(await codeOf(leader), 'Custom')
      const answer = hook === 'beforeSend' ? 'answer 1' : 'answer 2'
      assert.equal(await bodies(waiters), [answer, answer])
    }
  }),

  rfc9111('T16 an answer that is not stored releases all waiters at once', async (world) => {
    const together = new Barrier()
    const page = world.resource(async (_request, nth) => {
      if (nth > 1) await together.opened
      return FAILED
    })
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    await page.arrived(4)
    together.open()
    assert.equal(await bodies(all), new Array(4).fill('failed'))
    assert.equal([page.fetches, page.mostAtOnce], [4, 3])
  }),

  fastly('T16 after an answer that is not stored the waiters fetch one after another', async (world) => {
    const page = world.resource(FAILED)
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    assert.equal(await bodies(all), new Array(4).fill('failed'))
    assert.equal([page.fetches, page.mostAtOnce], [4, 1])
  }),

  rfc9111(
    'T17 after a private answer all waiters lead at once and run their hooks; T18 its mark lasts two seconds',
    async (world) => {
      const { fetched, hooks, page } = await afterPrivate(world)
      assert.equal(
        fetched.map(({ response }) => response.isStale),
        new Array(3).fill(false),
      )
      assert.is(hooks.length, 4)
      await world.advance(1900)
      assert.is((await page.get()).response.isStale, false)
      assert.is(world.stats.transactions.markers, 1)
      await world.advance(2100)
      await collapsesAgain(world, page)
    },
  ),

  fastly(
    'T17 after a private answer all waiters go past the cache without hooks; T18 its mark lasts as long as it would be fresh',
    async (world) => {
      const { fetched, hooks, page } = await afterPrivate(world)
      // A response from past the cache has no staleness.
      assert.equal(
        fetched.map(({ response }) => response.isStale),
        new Array(3).fill(undefined),
      )
      assert.is(hooks.length, 1)
      await world.advance(9900)
      const before = world.stats.transactions.led
      assert.is((await page.get({ beforeSend: () => assert.unreachable('no hooks') })).response.isStale, undefined)
      assert.is(world.stats.transactions.led, before)
      await world.advance(100)
      await collapsesAgain(world, page)
    },
  ),

  rfc9111('T19 the waiters share an answer of freshness 0, and a later request fetches again', async (world) => {
    const page = world.resource(ok('max-age=0'))
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    await bodies(all)
    assert.is(page.fetches, 1)
    await page.get()
    assert.is(page.fetches, 2)
  }),

  fastly('T19 after an answer of freshness 0 the waiters fetch one after another', async (world) => {
    const page = world.resource(ok('max-age=0'))
    const { all, gate } = await crowd(world, page, 3)
    gate.open()
    await bodies(all)
    assert.equal([page.fetches, page.mostAtOnce], [4, 1])
  }),

  both(
    'T20 an answer of freshness 0 with a stale-if-error window is shared by the waiters, and fetched again later',
    async (world) => {
      const page = world.resource(ok('max-age=0, stale-if-error=60'))
      const { all, gate } = await crowd(world, page, 3)
      gate.open()
      await bodies(all)
      assert.is(page.fetches, 1)
      assert.is((await page.get()).response.wasCached, false)
      assert.is(page.fetches, 2)
    },
  ),

  both('T21 after a leader without waiters gives up, the next request leads', async (world) => {
    const page = world.resource([FAILED, ok('max-age=60')])
    assert.is((await page.get()).status, 500)
    const { body, response } = await page.get()
    assert.equal([body, response.wasCached, page.fetches], ['body', false, 2])
    assert.is((await page.get()).response.wasCached, true)
  }),

  both('T22 awaiting a waiter drives its leader as well', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const [leader, waiter] = [page.send(), page.send()]
    assert.is((await told(waiter)).body, 'body')
    assert.is((await told(leader)).body, 'body')
    assert.is(page.fetches, 1)
  }),

  both(
    'T23 a lookup that waits past its timeout fails, and the leader it waited for stores its answer',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(1)
      const waiter = page.start({ cacheOverride: { lookupTimeoutMs: 50 } })
      await world.waiting(1)
      await world.advance(49)
      await world.waiting(1)
      await world.advance(1)
      assert.is(await codeOf(waiter), 'CacheLookupTimeout')
      gate.open()
      assert.is((await told(leader)).body, 'body')
      assert.is((await page.get()).response.wasCached, true)
      assert.is(page.fetches, 1)
    },
  ),

  both('T24 a HEAD and a GET at once make one GET to the origin, and the HEAD gets no body', async (world) => {
    const page = world.resource(ok('max-age=60', 'body'))
    const gate = page.hold()
    const head = page.start({ method: 'HEAD' })
    await page.arrived(1)
    const get = page.start()
    await world.waiting(1)
    gate.open()
    assert.equal(await bodies([head, get]), ['', 'body'])
    assert.is((await head).headers.get('content-length'), '4')
    assert.equal([page.fetches, page.request(1).method], [1, 'GET'])
  }),
]

/** A leader that gets a private answer, and three waiters whose fetches are held until all three have begun. */
async function afterPrivate(world: World) {
  const together = new Barrier()
  const hooks: string[] = []
  const page = world.resource(async (_request, nth) => {
    if (nth > 1) await together.opened
    return ok('private, max-age=10')
  })
  const gate = page.hold()
  const hooked = () => page.start({ beforeSend: () => void hooks.push('beforeSend') })
  const leader = hooked()
  await page.arrived(1)
  const waiters = [hooked(), hooked(), hooked()]
  await world.waiting(3)
  gate.open()
  await page.arrived(4)
  assert.is(page.mostAtOnce, 3)
  together.open()
  const fetched = await toldAll(waiters)
  await told(leader)
  return { fetched, hooks, page }
}

/** Asserts that the mark is gone: of two requests at once, one waits for the other. */
async function collapsesAgain(world: World, page: Resource): Promise<void> {
  page.answers(ok('max-age=60'))
  const before = page.fetches
  const gate = page.hold()
  const both = page.starts(2)
  await world.waiting(1)
  gate.open()
  await bodies(both)
  assert.is(page.fetches, before + 1)
}
