/** Variants (T25 to T32). */

import * as assert from 'uvu/assert'
import type { HttpResponse } from '../../lib/index.js'
import { both, fastly, ok, type Resource, rfc9111, type Story, toldAll, type World } from './world.js'

const inLanguage = (language: string) => ({ headers: { 'accept-language': language } })

/** A page that answers in the language of the request. */
function page(world: World): Resource {
  return world.resource((request) =>
    ok('max-age=60', request.header('accept-language') ?? 'none', { Vary: 'accept-language' }),
  )
}

export const vary: readonly Story[] = [
  both(
    'T25 a waiter that matches what the leader’s answer varies by is served by it; another waiter leads for itself',
    async (world) => {
      const greeting = page(world)
      const gate = greeting.hold()
      const leader = greeting.start(inLanguage('en'))
      await greeting.arrived(1)
      const waiters = ['en', 'en', 'fr'].map((language) => greeting.start(inLanguage(language)))
      await world.waiting(3)
      gate.open()
      const answers = await toldAll([leader, ...waiters])
      assert.equal(
        answers.map(({ body }) => body),
        ['en', 'en', 'en', 'fr'],
      )
      assert.is(greeting.fetches, 2)
      assert.equal(answers[1]?.response.vary, ['accept-language'])
    },
  ),

  rfc9111(
    'T25 a waiter that leads names what is stored by then: the leader’s answer is of another variant, or was purged',
    async (world) => {
      const reason = /fwd=[\w-]+/
      const greeting = page(world)
      const gate = greeting.hold()
      const leader = greeting.start(inLanguage('en'))
      await greeting.arrived(1)
      const waiter = greeting.start(inLanguage('fr'))
      await world.waiting(1)
      gate.open()
      const [, french] = await toldAll([leader, waiter])
      assert.is(french?.headers.get('cache-status')?.match(reason)?.[0], 'fwd=vary-miss')

      const again = greeting.hold()
      const promoted = greeting.starts(2, inLanguage('de'))
      await greeting.arrived(3)
      await world.waiting(1)
      await world.cache.purge({ url: greeting.url })
      promoted[0]?.cancel()
      again.open()
      const [german] = await toldAll([promoted[1] as PromiseLike<HttpResponse>])
      assert.is(german?.headers.get('cache-status')?.match(reason)?.[0], 'fwd=uri-miss')
    },
  ),

  both('T26 of several variants that match, the one inserted last is found', async (world) => {
    const page = world.resource([ok('max-age=60', 'by a', { Vary: 'a' }), ok('max-age=60', 'by b', { Vary: 'b' })])
    await page.get({ headers: { a: '1' } })
    await page.get({ headers: { a: '2', b: '1' } })
    assert.is((await page.get({ headers: { a: '1' } })).body, 'by a')
    assert.is((await page.get({ headers: { a: '1', b: '1' } })).body, 'by b')
    assert.is(page.fetches, 2)
  }),

  both('T27 an absent field selects another variant than an empty one', async (world) => {
    const page = world.resource((request) => ok('max-age=60', `${request.header('x-a')}`, { Vary: 'x-a' }))
    assert.is((await page.get()).body, 'undefined')
    assert.is((await page.get({ headers: { 'x-a': '' } })).body, '')
    assert.is((await page.get()).body, 'undefined')
    assert.is((await page.get({ headers: { 'x-a': '' } })).body, '')
    assert.is(page.fetches, 2)
  }),

  both('T28 `A, B` and `b, a, A` are the same rule: each variant is found under the other', async (world) => {
    const page = world.resource([
      ok('max-age=60', 'one', { Vary: 'A, B' }),
      ok('max-age=60', 'two', { Vary: 'b, a, A' }),
    ])
    const one = { headers: { a: '1', b: '1' } }
    const answers = [await page.get(one), await page.get({ headers: { a: '1', b: '2' } }), await page.get(one)]
    assert.is(answers[2]?.body, 'one')
    for (const { response } of answers) assert.equal(response.vary, ['a', 'b'])
    assert.equal([page.fetches, world.stats.transactions.objects], [2, 2])
  }),

  both('T29 of the waiters released into another variant one leads, and the rest wait for it', async (world) => {
    const greeting = page(world)
    const gate = greeting.hold()
    const leader = greeting.start(inLanguage('en'))
    await greeting.arrived(1)
    const waiters = [greeting.start(inLanguage('fr')), greeting.start(inLanguage('fr'))]
    await world.waiting(2)
    gate.open()
    const answers = await toldAll([leader, ...waiters])
    assert.equal(
      answers.map(({ body }) => body),
      ['en', 'fr', 'fr'],
    )
    assert.equal([greeting.fetches, greeting.mostAtOnce], [2, 1])
  }),

  both('T30 the variant is chosen by what the client sent, whatever beforeSend changes', async (world) => {
    const greeting = page(world)
    const edited = await greeting.get({
      ...inLanguage('en'),
      beforeSend: (request) => request.headers.set('accept-language', 'fr'),
    })
    assert.is(edited.body, 'fr')
    assert.is((await greeting.get(inLanguage('en'))).response.wasCached, true)
    assert.is((await greeting.get(inLanguage('fr'))).response.wasCached, false)
    assert.is(greeting.fetches, 2)
  }),

  rfc9111('T31 an answer that varies by everything is not stored, and leaves a mark', async (world) => {
    const page = world.resource(ok('max-age=60', 'body', { Vary: '*' }))
    await page.get()
    const { objects, markers } = world.stats.transactions
    assert.equal({ objects, markers }, { objects: 0, markers: 1 })
    assert.is((await page.get()).response.wasCached, false)
  }),

  fastly('T31 a star in Vary is a field name like any other', async (world) => {
    const page = world.resource(ok('max-age=60', 'body', { Vary: '*' }))
    await page.get()
    assert.is((await page.get()).response.wasCached, true)
    assert.is(page.fetches, 1)
  }),

  both(
    'T32 a leader whose answer belongs to another slot frees its own slot, and no waiter hangs there',
    async (world) => {
      const page = world.resource((request, nth) =>
        ok('max-age=60', `${nth}: ${request.header('b')}`, { Vary: nth === 1 ? 'a' : 'b' }),
      )
      await page.get({ headers: { a: '0' } })
      const gate = page.hold()
      const leader = page.start({ headers: { a: '1', b: '1' } })
      await page.arrived(2)
      const waiters = ['1', '2'].map((b) => page.start({ headers: { a: '1', b } }))
      await world.waiting(2)
      gate.open()
      const answers = await toldAll([leader, ...waiters])
      assert.equal(
        answers.map(({ body }) => body),
        ['2: 1', '2: 1', '3: 2'],
      )
    },
  ),
]
