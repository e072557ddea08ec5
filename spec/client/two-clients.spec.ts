/** One request that is sent to two clients: both hear of it, the first that is there gets the answer, and neither goes for the other. */

import { once } from 'node:events'
import type { ClientRequest, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { CancelledError, type Pending } from '../../lib/index.js'
import { answerOf, type Front, startFront } from '../kit/front.js'
import { openStage, PLACES } from './stage.js'

/** A front that two clients have visited, and that has answered neither. */
async function twoVisitors() {
  const clients: ServerResponse[] = []
  const front: Front = await startFront((_request, client) => void clients.push(client))
  const visitors: ClientRequest[] = []
  while (visitors.length < 2) {
    visitors.push(front.visit())
    while (clients.length < visitors.length) await turn()
  }
  const [first, second] = visitors as [ClientRequest, ClientRequest]
  return { front, clients, first, second }
}

for (const place of PLACES) {
  const { test, origin, cache, idle } = await openStage('two-clients', place)
  for (const [how, init] of [
    ['through the cache', {}],
    ['past the cache', { cacheOverride: 'pass' }],
  ] as const) {
    const path = `/${how.replaceAll(' ', '-')}`

    test(`both get the interim heads of a request ${how}`, async () => {
      origin.on(path, { informational: [{ status: 103 }], headers: { 'Cache-Control': 'no-store' }, body: 'Once' })
      const gate = origin.hold(path)
      const { front, clients, first, second } = await twoVisitors()
      await using _ = front
      const pending = cache.send(origin.url(path), init)
      for (const client of clients) pending.sendToClient(client).then(undefined, () => client.destroy())
      await origin.arrived(path)
      const answer = answerOf(first)
      const heard = Promise.race([once(second, 'information'), once(second, 'close')])
      gate.open()
      const { interim, body } = await answer
      assert.equal([interim, body], [[103], 'Once'])
      const [information] = await heard
      assert.is(information?.statusCode, 103)
      await idle()
    })

    test(`when the first goes away, the second gets the answer to a request ${how}`, async () => {
      origin.on(`${path}/left`, { headers: { 'Cache-Control': 'no-store' }, body: 'Once' })
      const gate = origin.hold(`${path}/left`)
      const { front, clients, first, second } = await twoVisitors()
      await using _ = front
      const pending = cache.send(origin.url(`${path}/left`), init)
      for (const client of clients) pending.sendToClient(client).then(undefined, () => client.destroy())
      await origin.arrived(`${path}/left`)
      first.destroy()
      await once(clients[0] as ServerResponse, 'close')
      gate.open()
      assert.is((await answerOf(second)).body, 'Once')
      await idle()
    })

    test(`when the first goes away before anybody waits for the second, the second gets the answer to a request ${how}`, async () => {
      origin.on(`${path}/early`, { headers: { 'Cache-Control': 'no-store' }, body: 'Once' })
      const gate = origin.hold(`${path}/early`)
      const { front, clients, first, second } = await twoVisitors()
      await using _ = front
      const pending = cache.send(origin.url(`${path}/early`), init)
      const [early, late] = clients.map((client) => pending.sendToClient(client))
      early?.then(undefined, () => {})
      await origin.arrived(`${path}/early`)
      first.destroy()
      await once(clients[0] as ServerResponse, 'close')
      late?.then(undefined, () => clients[1]?.destroy())
      gate.open()
      assert.is((await answerOf(second)).body, 'Once')
      await idle()
    })
  }

  for (const when of ['at once', 'while it waits'] as const) {
    test(`a client whose delivery was cancelled ${when} does not hold the request when the other goes away`, async () => {
      const path = `/cancelled-${when.replaceAll(' ', '-')}`
      origin.on(path, { headers: { 'Cache-Control': 'max-age=60' }, body: 'Once' })
      const gate = origin.hold(path)
      const { front, clients, first, second } = await twoVisitors()
      await using _ = front
      const leader = cache.send(origin.url(path))
      leader.poll()
      const follower = cache.send(origin.url(path))
      const [cancelled, kept] = clients.map((client) => follower.sendToClient(client)) as [Pending<void>, Pending<void>]
      if (when === 'while it waits') cancelled.poll()
      cancelled.cancel()
      kept.poll()
      await origin.arrived(path)
      second.destroy()
      await once(clients[1] as ServerResponse, 'close')
      assert.throws(
        () => follower.poll(),
        (failure: Error) => failure instanceof CancelledError,
      )
      gate.open()
      assert.is(await (await leader).text(), 'Once')
      first.destroy()
      await idle()
    })
  }

  test.run()
}
