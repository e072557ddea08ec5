/** A body that a transform in this thread writes takes turns of the event loop, so a thread that blocks cannot wait for it. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BodyTransform, SendInit } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { untilFree } from './crew.js'
import { openStage } from './stage.js'

const FRESH = { 'cache-control': 'max-age=60' }

const { host, origin } = await openStage(test)

/** A hook that has the body doubled once `gate` is open. */
function doubling(gate: Barrier): SendInit {
  const twice: BodyTransform = async function* (chunks) {
    await gate.opened
    for await (const chunk of chunks) {
      yield chunk
      yield chunk
    }
  }
  return {
    afterSend(candidate) {
      candidate.bodyTransform = twice
    },
  }
}

test('blocking on a body that a transform of this thread writes throws, whoever sent the request', async () => {
  origin.on('/doubled', { headers: FRESH, body: 'tide' })
  await using cache = host.connect()
  const url = origin.url('/doubled')
  const gate = new Barrier()
  const leader = await cache.send(url, doubling(gate))
  const placed = await cache.send(url)
  const hooked = await cache.send(url, { beforeSend() {} })
  assert.equal([placed.wasCached, hooked.wasCached], [true, true])
  const texts = [leader, placed, hooked].map((response) => response.text())
  for (const text of texts) assert.is(thrownBy(() => text.wait()).name, 'WouldDeadlockError')
  gate.open()
  for (const text of texts) assert.is(await text, 'tidetide')
  assert.is(origin.count('/doubled'), 1)
  await untilFree(host, 2)
})

test('a thread with a transform under way can block for a body from the host, and for its own once it is written', async () => {
  const large = 'x'.repeat(5 * 1024 * 1024)
  origin.on('/under-way', { headers: FRESH, body: 'ebb' }).on('/large', { headers: FRESH, body: large })
  await using cache = host.connect()
  await (await cache.send(origin.url('/large'))).text()
  const gate = new Barrier()
  const leader = await cache.send(origin.url('/under-way'), doubling(gate))
  const text = leader.text()
  assert.is(cache.send(origin.url('/large')).wait().text().wait().length, large.length)
  gate.open()
  assert.is(await text, 'ebbebb')
  assert.is(
    cache
      .send(origin.url('/under-way'), { beforeSend() {} })
      .wait()
      .text()
      .wait(),
    'ebbebb',
  )
  await untilFree(host, 2)
})

test('a transform whose body nobody is left to read, and nobody could use later, is told to return, whatever it waits for', async () => {
  origin.on('/left', { headers: FRESH, body: 'tide' })
  await using cache = host.connect()
  const returned = new Barrier()
  const response = await cache.send(origin.url('/left'), {
    afterSend(candidate) {
      candidate.bodyTransform = () => {
        const steps = [
          Promise.resolve({ done: false as const, value: Buffer.from('half') }),
          new Promise<never>(() => {}),
        ]
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => steps.shift() as Promise<IteratorResult<Uint8Array>>,
            async return() {
              returned.open()
              return { done: true, value: undefined }
            },
          }),
        }
      }
    },
  })
  assert.is(String(Buffer.from((await response.read()) ?? [])), 'half')
  await cache.purge({ url: origin.url('/left') })
  response.cancel()
  await returned.opened
  await untilFree(host, 2)
})

test('blocking on the body of a leader without a transform waits while the body still comes', async () => {
  const rest = new Barrier()
  origin.on('/as-it-is', { headers: FRESH, body: ['ebb', rest, ' and flow'] })
  await using cache = host.connect()
  const leader = await cache.send(origin.url('/as-it-is'), { afterSend() {} })
  assert.is(String(Buffer.from((await leader.read()) ?? [])), 'ebb')
  assert.is(thrownBy(() => leader.read().wait({ timeoutMs: 20 })).name, 'TimeoutError')
  rest.open()
  await untilFree(host, 2)
})

test.run()
