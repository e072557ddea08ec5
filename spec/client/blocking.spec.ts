/** A thread that only blocks, and never comes to its event loop, keeps nothing of the answers it is done with. */

import { queryObjects } from 'node:v8'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PendingRequest } from '../../lib/client/request/pending-request.js'
import { OpenBody } from '../../lib/client/response/open-body.js'
import { HttpResponse } from '../../lib/client/response/response.js'
import { startHost } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

const ANSWERS = 400
/** Bodies of which it is not known yet whether they are read soon, and what the engine has in its registers. */
const MOST_KEPT = 260

function kept(): number {
  return [PendingRequest, HttpResponse, OpenBody].reduce(
    (sum, made) => sum + queryObjects(made, { format: 'count' }),
    0,
  )
}

test('a thread that only blocks keeps no answer, be it read in part or given up at once', async () => {
  await using origin = await startOrigin()
  const rest = new Barrier()
  origin.on('/', { headers: { 'Cache-Control': 'max-age=600' }, body: ['begin', rest] })
  await using host = await startHost()
  await using cache = host.connect()
  const first = await cache.send(origin.url('/'))
  const before = kept()
  for (let nth = 0; nth < ANSWERS; nth++) {
    const response = cache.send(origin.url('/')).wait()
    if (nth % 2 === 0) assert.is(response.read().wait()?.byteLength, 'begin'.length)
    response.cancel()
  }
  const more = kept() - before
  assert.ok(more <= MOST_KEPT, `${more} kept`)
  rest.open()
  assert.is(await first.text(), 'begin')
})

test.run()
