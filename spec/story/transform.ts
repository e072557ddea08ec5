/** How stored objects are adapted to each client (T81 to T87). */

import * as assert from 'uvu/assert'
import type { HttpResponse, PendingRequest, TidewaitError } from '../../lib/index.js'
import { type HttpAnswer, SILENCE, type Steps } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { both, codeOf, fastly, first, ok, type Resource, rfc9111, type Story, told, turn, type World } from './world.js'

const ten = (world: World): Resource =>
  world.resource(
    ok('max-age=60', '0123456789', {
      ETag: '"1"',
      'Last-Modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
      'Content-Type': 'text/plain',
      'X-Other': '1',
    }),
  )

/** A page of ten bytes with no declared length: five, five after `more`, and the end after `end`. */
function unfinished(world: World): { page: Resource; more: Barrier; end: Barrier } {
  const [more, end] = [new Barrier(), new Barrier()]
  const headers = { 'Cache-Control': 'max-age=60' }
  return { page: world.resource({ headers, body: ['01234', more, '56789', end] }), more, end }
}

/** A range request whose lookup has found the object; in an array, so that returning it does not await it. */
async function follows(world: World, page: Resource, range: string): Promise<[PendingRequest]> {
  const { hit } = world.stats.transactions.outcomes
  const pending = page.start(ranged(range))
  await world.until(({ transactions }) => transactions.outcomes.hit > hit)
  return [pending]
}

/** An answer that is not stored and declares ten bytes, of which only `body` comes. */
const unstored = (body: Steps): HttpAnswer => ({ headers: { 'Cache-Control': 'no-store' }, body, declaredLength: 10 })

async function textOf(response: HttpResponse): Promise<string> {
  return new TextDecoder().decode(await response.read())
}

async function neverBegun(pending: PendingRequest): Promise<void> {
  const { status, headers, body } = await told(pending)
  assert.equal([status, headers.get('content-range'), body], [416, 'bytes */10', ''])
}

const ranged = (range: string) => ({ headers: { range } })

export const clientTransform: readonly Story[] = [
  both(
    'T81 a client whose tag matches gets a 304 of the listed fields, and the stored object is untouched',
    async (world) => {
      const page = ten(world)
      await page.get()
      const { status, body, headers } = await page.get({ headers: { 'if-none-match': '"1"' } })
      assert.equal([status, body, headers.get('etag'), headers.get('cache-control')], [304, '', '"1"', 'max-age=60'])
      assert.equal([headers.get('x-other'), headers.get('content-length')], [null, null])
      assert.is(headers.has('age'), world.policy === 'rfc9111')
      assert.equal(await page.get().then(({ status, body }) => [status, body]), [200, '0123456789'])
      assert.is(page.fetches, 1)
    },
  ),

  both('T82 If-None-Match decides, and If-Modified-Since beside it does not', async (world) => {
    const page = ten(world)
    await page.get()
    const modified = { 'if-modified-since': 'Tue, 02 Jan 2024 00:00:00 GMT' }
    assert.is((await page.get({ headers: { 'if-none-match': '"2"', ...modified } })).status, 200)
    assert.is((await page.get({ headers: modified })).status, 304)
  }),

  rfc9111('T83 a range of one byte gives one byte', async (world) => {
    const page = ten(world)
    await page.get()
    const { status, body, headers } = await page.get(ranged('bytes=0-0'))
    assert.equal([status, body, headers.get('content-range')], [206, '0', 'bytes 0-0/10'])
    assert.is(headers.get('content-length'), '1')
  }),

  fastly('T83 a range of one byte is ignored', async (world) => {
    const page = ten(world)
    await page.get()
    const { status, body } = await page.get(ranged('bytes=0-0'))
    assert.equal([status, body], [200, '0123456789'])
  }),

  rfc9111('T84 a range beyond the end is a 416 that gives the length of the body', async (world) => {
    const page = ten(world)
    await page.get()
    const { status, body, headers } = await page.get(ranged('bytes=10-11'))
    assert.equal([status, body, headers.get('content-range')], [416, '', 'bytes */10'])
  }),

  fastly('T84 a range beyond the end is a 206 of the whole body', async (world) => {
    const page = ten(world)
    await page.get()
    const { status, body } = await page.get(ranged('bytes=10-11'))
    assert.equal([status, body], [206, '0123456789'])
  }),

  both('T85 a leader fetches the whole body for its range, and the next range is served from it', async (world) => {
    const page = ten(world)
    const leader = await page.get(ranged('bytes=2-4'))
    assert.is(page.request(1).header('range'), undefined)
    const expected = world.policy === 'rfc9111' ? [206, '234'] : [200, '0123456789']
    assert.equal([leader.status, leader.body], expected)
    const { status, body, headers } = await page.get(ranged('bytes=5-'))
    assert.equal([status, body, headers.get('content-range')], [206, '56789', 'bytes 5-9/10'])
    assert.is(page.fetches, 1)
  }),

  both('8.3b a range whose first byte has come is answered before the length of the body is known', async (world) => {
    const { page, more, end } = unfinished(world)
    const leader = await page.start()
    await leader.read()
    const follower = await page.start(ranged('bytes=3-6'))
    assert.equal([follower.status, follower.headers.get('content-range')], [206, 'bytes 3-6/*'])
    more.open()
    assert.is(await follower.text(), '3456')
    end.open()
    leader.cancel()
  }),

  rfc9111('8.3b a range whose first byte has not come is answered when that byte comes', async (world) => {
    const { page, more, end } = unfinished(world)
    const leader = await page.start()
    await leader.read()
    const [follower] = await follows(world, page, 'bytes=6-7')
    await turn()
    assert.is(follower.poll().ready, false)
    more.open()
    const { status, headers, body } = await told(follower)
    assert.equal([status, headers.get('content-range'), body], [206, 'bytes 6-7/*', '67'])
    end.open()
    leader.cancel()
  }),

  rfc9111('8.3b a range whose first byte never comes is a 416 once the body has ended', async (world) => {
    const { page, more, end } = unfinished(world)
    const leader = await page.start()
    await leader.read()
    const [follower] = await follows(world, page, 'bytes=50-60')
    more.open()
    end.open()
    await neverBegun(follower)
    leader.cancel()
  }),

  rfc9111(
    '8.3b a range of the leader itself whose first byte never comes is a 416 once the body has ended',
    async (world) => {
      const { page, more, end } = unfinished(world)
      const leader = page.start(ranged('bytes=50-60'))
      await world.until(({ transactions }) => transactions.objects === 1)
      more.open()
      end.open()
      await neverBegun(leader)
    },
    { guest: 'a guest answers with the body it stores before the host says anything of that body' },
  ),

  rfc9111('8.3b a range that has begun breaks off if the body ends before it', async (world) => {
    const { page, more, end } = unfinished(world)
    const leader = await page.start()
    await leader.read()
    const follower = await page.start(ranged('bytes=3-60'))
    assert.equal([follower.status, follower.headers.get('content-range')], [206, 'bytes 3-60/*'])
    more.open()
    end.open()
    assert.is(await codeOf(follower.text()), 'TruncatedBodyError')
    leader.cancel()
  }),

  rfc9111('8.3b a request that waits for its range to begin can be cancelled', async (world) => {
    const { page, more, end } = unfinished(world)
    const [leader, follower] = page.starts(2, ranged('bytes=6-7'))
    await page.arrived(1)
    await world.until(({ transactions }) => transactions.objects === 1)
    follower?.cancel()
    more.open()
    end.open()
    assert.is((await told(leader as PendingRequest)).body, '67')
  }),

  fastly(
    '8.3b a range is answered before its first byte comes, and breaks off if the body ends before it',
    async (world) => {
      const { page, more, end } = unfinished(world)
      const leader = await page.start()
      await leader.read()
      const follower = await page.start(ranged('bytes=50-60'))
      assert.equal([follower.status, follower.headers.get('content-range')], [206, 'bytes 50-60/*'])
      more.open()
      end.open()
      assert.is(await codeOf(follower.text()), 'TruncatedBodyError')
      leader.cancel()
    },
  ),

  both('T86 Age counts on from the Age of the answer', async (world) => {
    const page = world.resource(ok('max-age=60', 'body', { Age: '5' }))
    assert.is((await page.get()).headers.get('age'), '5')
    await world.advance(3000)
    const { headers, response } = await page.get()
    assert.equal([headers.get('age'), response.age, response.ttl], ['8', 8, 52])
  }),

  fastly('8.3a Age counts the Date of a 304, for the request that validated as for a later one', async (world) => {
    const date = new Date(Date.UTC(2023, 11, 31, 23)).toUTCString()
    const validated = { status: 304, headers: { ETag: '"1"', Date: date, 'Cache-Control': 'max-age=60' } }
    const page = world.resource(first(ok('max-age=0', 'body', { ETag: '"1"' }), validated))
    await page.get()
    const [own, later] = [await page.get(), await page.get()]
    assert.is(own.response.source, 'update')
    assert.ok(Number(own.headers.get('age')) >= 3600)
    assert.is(own.headers.get('age'), later.headers.get('age'))
  }),

  both('Q37 a HEAD that leads gets no body, whether the answer is stored or not', async (world) => {
    for (const [cacheControl, status] of [
      ['private', 200],
      ['no-store', 200],
      ['max-age=60', 500],
      ['max-age=60', 200],
    ] as const) {
      const page = world.resource({ status, headers: { 'Cache-Control': cacheControl }, body: '0123456789' })
      const { body, headers } = await page.get({ method: 'HEAD', afterSend() {} })
      assert.equal([body, headers.get('content-length'), page.request(1).method], ['', '10', 'GET'], cacheControl)
    }
  }),

  rfc9111(
    '8.3 cancelling a range of an answer that is not stored ends its fetch, though no more bytes come',
    async (world) => {
      const page = world.resource(unstored(['01234', SILENCE]))
      const response = await page.start(ranged('bytes=2-8'))
      assert.equal([response.status, await textOf(response)], [206, '234'])
      response.cancel()
      await page.hungUp()
    },
  ),

  rfc9111('8.3 a range of an answer that is not stored ends the fetch with its last byte', async (world) => {
    const page = world.resource(unstored(['01234', SILENCE]))
    assert.is((await page.get(ranged('bytes=2-4'))).body, '234')
    await page.hungUp()
  }),

  both('7.4-5 cancelling a transformed body ends its fetch, though no more bytes come', async (world) => {
    const answer = unstored(['01234', SILENCE])
    const stored = world.policy === 'rfc9111' ? [{ ...answer, headers: { 'Cache-Control': 'max-age=0' } }] : []
    for (const each of [answer, ...stored]) {
      const page = world.resource(each)
      const seen: unknown[] = []
      const response = await page.start({
        afterSend(candidate) {
          candidate.bodyTransform = async function* (chunks) {
            try {
              yield* chunks
            } catch (failure) {
              seen.push((failure as TidewaitError).code)
              throw failure
            }
          }
        },
      })
      assert.is(await textOf(response), '01234')
      response.cancel()
      await page.hungUp()
      assert.equal(seen, ['TruncatedBody'])
    }
  }),

  both('T87 a HEAD of a stored object has its length and no body', async (world) => {
    const page = ten(world)
    await page.get()
    const { status, body, headers } = await page.get({ method: 'HEAD' })
    assert.equal([status, body, headers.get('content-length')], [200, '', '10'])
    assert.is(page.fetches, 1)
  }),
]
