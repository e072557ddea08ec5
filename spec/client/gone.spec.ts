/** A client that goes away takes along what is under way for it alone, however early that is. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startFront } from '../kit/front.js'
import { startOrigin } from '../kit/origin.js'

test('a client that goes away before anybody has begun to write the rest of its body takes the fetch along', async () => {
  await using origin = await startOrigin()
  origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', new Barrier()] })
  await using cache = openCache()
  const clients: ServerResponse[] = []
  await using front = await startFront((_request, response) => void clients.push(response))
  const visit = front.visit()
  while (clients.length === 0) await turn()
  const [client] = clients as [ServerResponse]
  const sent = cache.send(origin.url('/')).sendToClient(client)
  while (!sent.poll().ready) await turn()
  assert.ok(client.headersSent)
  client.emit('close')
  await origin.hungUp('/')
  visit.destroy()
  await once(client, 'close')
})

test.run()
