/** Selecting among many requests (T97 to T99). */

import * as assert from 'uvu/assert'
import { InvalidArgumentError, type PendingRequest } from '../../lib/index.js'
import { thrownBy } from '../kit/failures.js'
import { both, ok, type Story, toldAll } from './world.js'

export const many: readonly Story[] = [
  both(
    'T97 select among a waiter, its leader and a slow direct request gives an answered one; the rest stay usable',
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

  both('T98 select refuses none and more than 16,384 requests, and polls none of them', async (world) => {
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

  both('T99 of several answered requests select gives the one of the lowest index, each time', async (world) => {
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
