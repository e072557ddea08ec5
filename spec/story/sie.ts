/** Stale answers in place of errors (T46 to T58). */

import * as assert from 'uvu/assert'
import type { HttpResponse, PendingRequest, SendInit } from '../../lib/index.js'
import { type Answer, closesBeforeHeaders, RESET } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import {
  both,
  codeOf,
  DOWN,
  fastly,
  first,
  ok,
  type Resource,
  rfc9111,
  type Story,
  told,
  toldAll,
  type World,
} from './world.js'

const SIE = 'max-age=1, stale-if-error=60'

/** A page stored two seconds ago, with its stale-if-error window open; the origin answers `then` from now on. */
async function fragile(world: World, then: Answer, init: SendInit = {}): Promise<Resource> {
  const page = world.resource(first(ok(SIE, 'old', { ETag: '"1"' }), then))
  await page.get(init)
  await world.advance(2000)
  return page
}

/** A leader that waits for the origin, which will answer `then`. The stale body that it could fall back to has just broken off. */
async function breakingOff(
  world: World,
  then: Answer,
): Promise<{ page: Resource; leader: PendingRequest; answers: () => void }> {
  const more = new Barrier()
  const page = world.resource(first({ headers: { 'Cache-Control': SIE }, body: ['half', more, RESET] }, then))
  const response = await page.start()
  await response.read()
  await world.advance(2000)
  const gate = page.hold()
  const leader = page.start()
  await page.arrived(2)
  more.open()
  await codeOf(response.read())
  return { page, leader, answers: () => gate.open() }
}

const throwing = () => {
  throw new Error('no')
}

function assertStale(response: HttpResponse, code: string): void {
  assert.equal([response.wasCached, response.isStale, response.maskedError?.code], [true, true, code])
  assert.is(response.headers.get('x-cache'), 'HIT')
}

export const staleIfError: readonly Story[] = [
  both('T46 when the backend refuses, the stale answer names the error that it masks', async (world) => {
    const page = await fragile(world, ok(SIE))
    const { body, response } = await page.get({ backend: DOWN })
    assert.is(body, 'old')
    assertStale(response, 'ConnectionRefused')
    assert.is(response.maskedError?.backend, DOWN)
    assert.equal([response.hits, response.headers.get('x-cache-hits')], [1, '1'])
  }),

  both('B4 a stale object whose body breaks off before the fetch fails masks no error', async (world) => {
    const { leader, answers } = await breakingOff(world, closesBeforeHeaders)
    answers()
    assert.is(await codeOf(leader), 'ConnectionTerminated')
  }),

  both('T47 all waiters of a failed fetch get the stale answer; T48 a later request fetches again', async (world) => {
    const page = await fragile(world, closesBeforeHeaders)
    const gate = page.hold()
    const leader = page.start()
    await page.arrived(2)
    const waiters = page.starts(4)
    await world.waiting(4)
    gate.open()
    assertStale((await told(leader)).response, 'ConnectionTerminated')
    for (const { body, response } of await toldAll(waiters)) {
      assert.is(body, 'old')
      assertStale(response, 'RequestCollapse')
    }
    assert.is(page.fetches, 2)
    const later = page.hold()
    const again = page.starts(2)
    await page.arrived(3)
    await world.waiting(1)
    later.open()
    assert.equal(
      (await toldAll(again)).map(({ response }) => response.maskedError?.code),
      ['ConnectionTerminated', 'RequestCollapse'],
    )
    assert.is(page.fetches, 3)
  }),

  rfc9111('T49 a 503 is a failure that a stale answer masks', async (world) => {
    const page = await fragile(world, { status: 503, body: 'busy' })
    const { body, response } = await page.get()
    assert.is(body, 'old')
    assertStale(response, 'HttpResponseStatusInvalid')
  }),

  rfc9111('T49 a 503 that a hook makes uncacheable is not masked', async (world) => {
    const page = await fragile(world, { status: 503, body: 'busy' })
    const { status, body } = await page.get({ afterSend: (candidate) => candidate.setUncacheable() })
    assert.equal([status, body], [503, 'busy'])
  }),

  rfc9111('T49 a 503 is the answer itself where the stale one has broken off, and a waiter leads', async (world) => {
    const { page, leader, answers } = await breakingOff(world, { status: 503, body: 'busy' })
    const waiter = page.start()
    await world.waiting(1)
    answers()
    for (const pending of [leader, waiter]) {
      const { status, body, response } = await told(pending)
      assert.equal([status, body, response.source, response.maskedError], [503, 'busy', 'uncached', undefined])
    }
    assert.is(page.fetches, 3)
  }),

  fastly('T49 a 503 is no failure, and is not masked', async (world) => {
    const page = await fragile(world, { status: 503, body: 'busy' })
    const { status, body, response } = await page.get()
    assert.equal([status, body, response.wasCached, response.maskedError], [503, 'busy', false, undefined])
    assert.is(world.stats.transactions.objects, 1)
  }),

  both(
    'T50 a 503 on which afterSend throws is given up, is not stored, and is masked by the stale answer',
    async (world) => {
      const never = new Barrier()
      const page = await fragile(world, { status: 503, body: ['busy', never] })
      const { body, response } = await page.get({ afterSend: throwing })
      assert.is(body, 'old')
      assertStale(response, 'Custom')
      await page.hungUp()
      assert.is((await page.get({ backend: DOWN })).body, 'old')
      never.open()
    },
  ),

  both('T51 if beforeSend throws, no request is sent and the stale answer serves', async (world) => {
    const page = await fragile(world, ok(SIE))
    const { body, response } = await page.get({ beforeSend: throwing })
    assert.is(body, 'old')
    assertStale(response, 'Custom')
    assert.is(page.fetches, 1)
  }),

  both('T52 when the leader is cancelled, a waiter leads, and masks the failure of its own fetch', async (world) => {
    const page = await fragile(world, closesBeforeHeaders)
    const gate = page.hold()
    const leader = page.start()
    await page.arrived(2)
    const waiters = page.starts(2)
    await world.waiting(2)
    leader.cancel()
    await page.arrived(3)
    await world.waiting(1)
    gate.open()
    const masked = (await toldAll(waiters)).map(({ response }) => response.maskedError?.code)
    assert.equal(masked.sort(), ['ConnectionTerminated', 'RequestCollapse'])
  }),

  rfc9111('T53 an answer that comes expired is shared by the waiters, as stale', async (world) => {
    const page = await fragile(world, ok('max-age=10', 'expired', { Age: '100' }))
    const gate = page.hold()
    const leader = page.start()
    await page.arrived(2)
    const waiter = page.start()
    await world.waiting(1)
    gate.open()
    await told(leader)
    const { body, response } = await told(waiter)
    assert.equal([body, response.isStale, page.fetches], ['expired', true, 2])
  }),

  fastly(
    'T53 after an answer that comes expired the next waiter leads, with the stale object it found at first',
    async (world) => {
      const page = await fragile(world, ok('max-age=10', 'expired', { Age: '100' }))
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(2)
      const waiter = page.start({ backend: DOWN })
      await world.waiting(1)
      gate.open()
      assert.is((await told(leader)).body, 'expired')
      const { body, response } = await told(waiter)
      assert.is(body, 'old')
      assertStale(response, 'ConnectionRefused')
    },
  ),

  both(
    'T55 a fetch that began within the window falls back to the stale answer, though the window ends meanwhile',
    async (world) => {
      const page = await fragile(world, closesBeforeHeaders)
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(2)
      await world.advance(59_001)
      gate.open()
      assertStale((await told(leader)).response, 'ConnectionTerminated')
      assert.is(await codeOf(page.start()), 'ConnectionTerminated')
    },
  ),

  both(
    'T57 a stale answer is chosen for one variant; requests for another variant get what is fetched for them',
    async (world) => {
      const page = world.resource((request, nth) => {
        const language = request.header('accept-language') ?? ''
        if (nth > 2 && language === 'en') return closesBeforeHeaders
        return ok(SIE, `${language} ${nth}`, { Vary: 'accept-language' })
      })
      const ask = (language: string) => page.start({ headers: { 'accept-language': language } })
      await toldAll([ask('en')])
      await toldAll([ask('fr')])
      await world.advance(2000)
      const gate = page.hold()
      const en = ask('en')
      await page.arrived(3)
      const fr = ask('fr')
      await page.arrived(4)
      const waiting = ask('fr')
      await world.waiting(1)
      gate.open()
      assertStale((await told(en)).response, 'ConnectionTerminated')
      assert.equal(
        (await toldAll([fr, waiting])).map(({ body, response }) => [body, response.maskedError]),
        [
          ['fr 4', undefined],
          ['fr 4', undefined],
        ],
      )
    },
  ),

  both('T58 a staleIfError override of 0 closes the window that the response opens', async (world) => {
    const page = await fragile(world, closesBeforeHeaders, { cacheOverride: { staleIfError: 0 } })
    assert.is(await codeOf(page.start()), 'ConnectionTerminated')
  }),

  rfc9111(
    'a request with stale-if-error gets the stale answer after a failure, and a request without it does not',
    async (world) => {
      const page = world.resource(first(ok('max-age=1', 'old'), closesBeforeHeaders))
      await page.get()
      await world.advance(2000)
      const asking = (seconds: number) => ({ headers: { 'cache-control': `no-cache, stale-if-error=${seconds}` } })
      assertStale((await page.get(asking(1))).response, 'ConnectionTerminated')
      assert.is(await codeOf(page.start()), 'ConnectionTerminated')
      await world.advance(1000)
      assert.is(await codeOf(page.start(asking(1))), 'ConnectionTerminated')
    },
  ),

  rfc9111('a request with stale-if-error gets no stale answer that the response forbids', async (world) => {
    const page = world.resource(first(ok('max-age=1, must-revalidate', 'old'), closesBeforeHeaders))
    await page.get()
    await world.advance(2000)
    const asking = { headers: { 'cache-control': 'stale-if-error=60' } }
    assert.is(await codeOf(page.start(asking)), 'ConnectionTerminated')
  }),
]
