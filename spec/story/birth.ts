/** How a request begins, is polled and is dropped (T01 to T12). */

import * as assert from 'uvu/assert'
import { AlreadyFinishedError, InvalidArgumentError, type PendingRequest, type SendInit } from '../../lib/index.js'
import { thrownBy } from '../kit/failures.js'
import { both, codeOf, codeOfError, ok, type Story, told, toldAll } from './world.js'

const counted = (calls: string[]): SendInit => ({
  beforeSend: () => void calls.push('beforeSend'),
  afterSend: () => void calls.push('afterSend'),
})

export const birth: readonly Story[] = [
  both(
    'T01 a cacheable request that is dropped before its first poll sends nothing and holds no obligation',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      page.send().cancel()
      page.send()[Symbol.dispose]()
      await world.until(({ transactions }) => transactions.obligations === 0)
      assert.is(page.fetches, 0)
      assert.is((await page.get()).body, 'body')
      assert.is(page.fetches, 1)
    },
  ),

  both('T02 a POST is sent before its first poll, and its hooks are not run', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const calls: string[] = []
    const pending = page.send({ method: 'POST', body: 'x', ...counted(calls) })
    await page.arrived(1)
    assert.type(pending.intoDirectHandle(), 'number')
    assert.is((await told(pending)).body, 'body')
    assert.is(page.request(1).body, 'x')
    assert.equal([page.fetches, calls, world.stats.transactions.objects], [1, [], 0])
  }),

  both('T03 a request with a pass override skips hooks and cache, and its response is a MISS', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const calls: string[] = []
    const pending = page.send({ cacheOverride: 'pass', ...counted(calls) })
    await page.arrived(1)
    const { headers, response } = await told(pending)
    assert.equal([headers.get('x-cache'), headers.get('x-cache-hits')], ['MISS', '0'])
    assert.equal([response.wasCached, response.isStale, response.hits], [false, undefined, 0])
    assert.equal([page.fetches, calls, world.stats.transactions.objects], [1, [], 0])
  }),

  both('T04 an unknown backend is an error at the call, and leaves no handle behind', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const before = world.stats.handles
    assert.is(codeOfError(thrownBy(() => page.send({ backend: 'nowhere' }))), 'DestinationNotFound')
    assert.is(codeOfError(thrownBy(() => page.send({ backend: 'nowhere', method: 'POST' }))), 'DestinationNotFound')
    assert.is(world.stats.handles, before)
  }),

  both(
    'T05 an override key of 31 bytes is refused at the call; one of 32 bytes makes two URLs one object',
    async (world) => {
      const [one, two] = [world.resource(ok('max-age=60', 'one')), world.resource(ok('max-age=60', 'two'))]
      assert.instance(
        thrownBy(() => one.send({ cacheKey: new Uint8Array(31) })),
        InvalidArgumentError,
      )
      const cacheKey = new Uint8Array(32).fill(7)
      assert.is((await one.get({ cacheKey })).body, 'one')
      assert.is((await two.get({ cacheKey })).body, 'one')
      assert.equal([one.fetches, two.fetches], [1, 0])
      assert.is(one.request(1).header('fastly-xqd-cache-key'), undefined)
    },
  ),

  both('T07 when a leader is dropped during its fetch, exactly one of its three waiters leads', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const gate = page.hold()
    const leader = page.start()
    await page.arrived(1)
    const waiters = page.starts(3)
    await world.waiting(3)
    leader.cancel()
    await page.arrived(2)
    await world.waiting(2)
    gate.open()
    for (const { body } of await toldAll(waiters)) assert.is(body, 'body')
    assert.is(page.fetches, 2)
    assert.is(await codeOf(leader), 'CancelledError')
  }),

  both('T08 a waiter that is cancelled disturbs neither its leader nor the other waiter', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const gate = page.hold()
    const [leader, leaving, staying] = page.starts(3) as [PendingRequest, PendingRequest, PendingRequest]
    await world.waiting(2)
    leaving.cancel()
    await world.waiting(1)
    gate.open()
    assert.equal(
      (await toldAll([leader, staying])).map(({ body }) => body),
      ['body', 'body'],
    )
    assert.is(page.fetches, 1)
  }),

  both(
    'T09 a promoted waiter that is cancelled before it looks up again passes the lead to the next waiter',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const gate = page.hold()
      const leader = page.start()
      await page.arrived(1)
      const [second, third] = [page.start(), page.start()]
      await world.waiting(2)
      leader.cancel()
      second.cancel()
      gate.open()
      assert.is((await told(third)).body, 'body')
      // On the host the second waiter may have looked up in between.
      if (world.placement === 'here') assert.is(page.fetches, 2)
    },
  ),

  both(
    'T10 a finished request gives the same response however often it is polled, and refuses edits',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const pending = page.send()
      const response = await pending
      assert.equal(pending.poll(), { ready: true, value: response })
      assert.is(pending.wait(), response)
      assert.is(await pending, response)
      for (const edit of ['setResponseHeader', 'appendResponseHeader'] as const) {
        assert.instance(
          thrownBy(() => pending[edit]('x-late', '1')),
          AlreadyFinishedError,
        )
      }
      assert.instance(
        thrownBy(() => pending.removeResponseHeader('x-late')),
        AlreadyFinishedError,
      )
      assert.is(await response.text(), 'body')
      assert.is(page.fetches, 1)
    },
  ),

  both(
    'T11 only a request that goes past the cache has a direct handle, and it gives the handle once',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const gate = page.hold()
      const cached = page.send()
      assert.is(cached.intoDirectHandle(), undefined)
      cached.then(undefined, () => {})
      await page.arrived(1)
      assert.is(cached.intoDirectHandle(), undefined)
      const direct = page.send({ method: 'POST' })
      assert.type(direct.intoDirectHandle(), 'number')
      assert.is(direct.intoDirectHandle(), undefined)
      gate.open()
      await toldAll([cached, direct])
      assert.is(direct.intoDirectHandle(), undefined)
    },
  ),

  both('T12 the wait handle of a leader changes between its lookup and its send', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const gate = page.hold()
    const leader = page.send()
    const before = leader.waitHandle
    leader.then(undefined, () => {})
    await page.arrived(1)
    const after = leader.waitHandle
    assert.is.not(after, before)
    gate.open()
    await told(leader)
  }),
]
