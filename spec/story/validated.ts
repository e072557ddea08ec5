/** What a 304 changes of a stored object, and what hooks change of a 304 (T77). */

import * as assert from 'uvu/assert'
import type { BodyTransform, CandidateResponse } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { both, first, ok, rfc9111, type Story } from './world.js'

const untouched: BodyTransform = () => {
  throw new Error('a 304 has no body')
}

export const validated: readonly Story[] = [
  rfc9111(
    'a private 304 brings the stored body to the request that validated, and serves no other request',
    async (world) => {
      const tag = { ETag: '"1"' }
      const page = world.resource([
        ok('max-age=1', 'body', tag),
        { status: 304, headers: { 'Cache-Control': 'private, max-age=60', 'X-User': 'me', ...tag } },
        ok('private, max-age=60', 'body', { 'X-User': 'you' }),
      ])
      await page.get()
      await world.advance(2000)
      const users: (string | null)[] = []
      for (let nth = 0; nth < 2; nth++) {
        const { status, body, headers } = await page.get()
        assert.equal([status, body], [200, 'body'])
        users.push(headers.get('x-user'))
      }
      assert.equal(users, ['me', 'you'])
    },
  ),

  both(
    'T77 a 304 shows its hook the object that it validates, is never transformed, and can be declined',
    async (world) => {
      const page = world.resource(
        first(ok('max-age=1, stale-while-revalidate=60', 'old', { ETag: '"1"' }), {
          status: 304,
          headers: { ETag: '"1"', 'Cache-Control': 'max-age=1, stale-while-revalidate=60' },
        }),
      )
      await page.get()
      await world.advance(5000)
      const seen: unknown[] = []
      const { response } = await page.get({
        afterSend(candidate) {
          seen.push(candidate.status, candidate.isStale)
          candidate.bodyTransform = untouched
          candidate.setUncacheable()
        },
      })
      await response.revalidation
      assert.equal(seen, [200, true])
      assert.is(world.stats.transactions.objects, 1)
      const kept = await page.get()
      assert.equal([kept.body, kept.response.isStale], ['old', true])
      await kept.response.revalidation
    },
  ),

  both(
    '4.1-4 what a hook has stored beside the fields, a 304 that says nothing of it keeps: variants, surrogate keys',
    async (world) => {
      const page = world.resource(
        first(ok('max-age=1', 'for one', { ETag: '"1"' }), {
          status: 304,
          headers: { ETag: '"1"', 'Cache-Control': 'max-age=60' },
        }),
      )
      const one = { headers: { 'x-a': '1' } }
      await page.get({
        ...one,
        afterSend(candidate) {
          candidate.vary = ['x-a']
          candidate.surrogateKeys = ['hooks']
        },
      })
      await world.advance(2000)
      const validated = await page.get(one)
      assert.equal([validated.body, validated.response.vary], ['for one', ['x-a']])
      page.answers(ok('max-age=60', 'for two', { Vary: 'x-a' }))
      assert.is((await page.get({ headers: { 'x-a': '2' } })).body, 'for two')
      assert.is((await page.get(one)).body, 'for one')
      assert.is(await world.cache.purge({ surrogateKey: 'hooks' }), 1)
    },
  ),

  both(
    'T77 a 304 that is declined brings the stored body under the merged head, adapted to each client',
    async (world) => {
      const page = world.resource(
        first(ok('max-age=1', '0123456789', { ETag: '"1"' }), {
          status: 304,
          headers: { ETag: '"1"', 'Cache-Control': 'max-age=60', 'X-Merged': 'yes' },
        }),
      )
      await page.get()
      await world.advance(5000)
      for (const decide of [{ record: false }, { record: true }]) {
        const afterSend = (candidate: CandidateResponse) => {
          candidate.bodyTransform = untouched
          candidate.headers.set('x-hook', 'ran')
          candidate.setUncacheable(decide)
        }
        const objects = decide.record ? 0 : 1
        for (const [headers, status, body] of [
          [{}, 200, '0123456789'],
          [{ range: 'bytes=2-4' }, 206, '234'],
          [{ 'if-none-match': '"1"' }, 304, ''],
        ] as const) {
          if (world.stats.transactions.objects === 0) break
          const given = await page.get({ headers: { ...headers }, afterSend })
          assert.equal([given.status, given.body], [status, body])
          if (status !== 304) assert.equal([given.headers.get('x-merged'), given.headers.get('x-hook')], ['yes', 'ran'])
          assert.equal([given.response.wasCached, given.response.age], [false, undefined])
          assert.is(world.stats.transactions.objects, objects)
        }
      }
    },
  ),

  both('6.1-5 an object whose body is still coming is not validated, but fetched again', async (world) => {
    const more = new Barrier()
    const page = world.resource((request, nth) => {
      if (request.header('if-none-match') !== undefined) return { status: 304, headers: { ETag: '"1"' } }
      const headers = { 'Cache-Control': 'max-age=1', ETag: '"1"' }
      return nth === 1 ? { headers, body: ['begin', more, ' end'] } : { headers, body: 'again' }
    })
    const first = await page.send()
    await world.advance(5000)
    assert.is((await page.get()).body, 'again')
    more.open()
    assert.is(await first.text(), 'begin end')
    assert.is(page.fetches, 2)
  }),
]
