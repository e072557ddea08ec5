/** A caller that waits for its own hook or transform hears of its host's death at once; what that code does afterwards harms nobody. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Cache, HostLostError, SendInit } from '../../lib/index.js'
import { promised } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { until } from './crew.js'
import { MortalHost } from './mortal-host.js'

/** Somebody's code that waits until the spec lets it go on, and fails then. */
class Waiting {
  readonly begun = new Barrier()
  readonly gate = new Barrier()
  readonly over = new Barrier()

  async run(): Promise<void> {
    this.begun.open()
    await this.gate.opened
    this.over.open()
    throw new Error('too late')
  }
}

let origin: Origin

test.before(async () => {
  origin = await startOrigin()
  origin.on('/story', { headers: { 'cache-control': 'max-age=60' }, body: 'once' })
  for (const window of ['stale-while-revalidate', 'stale-if-error'])
    origin.on(`/${window}`, { headers: { 'cache-control': `max-age=0, ${window}=60`, etag: '"1"' }, body: 'once' })
  origin.on('/stale', { headers: { 'cache-control': 'max-age=0, stale-while-revalidate=60' }, body: 'once' })
})

test.after(() => origin[Symbol.asyncDispose]())

/** What `answer` fails with when the host has died, while `waiting` waits still; then that comes to its own end. */
async function lost(host: MortalHost, waiting: Waiting, answer: PromiseLike<unknown>): Promise<HostLostError> {
  const failure = answer.then(undefined, (error: unknown) => error)
  await waiting.begun.opened
  host.fate.postMessage('throw')
  const error = (await failure) as HostLostError
  waiting.gate.open()
  await waiting.over.opened
  await new Promise(setImmediate)
  return error
}

const hooks: Record<string, (waiting: Waiting) => SendInit> = {
  'an async beforeSend': (waiting) => ({ beforeSend: async () => await waiting.run() }),
  'an async afterSend': (waiting) => ({ afterSend: async () => await waiting.run() }),
  'a generator that would hide every failure': (waiting) => ({
    *afterSend() {
      try {
        yield* promised(waiting.run())
      } catch {
        yield* promised(new Promise<void>(() => {}))
      }
    },
  }),
}

for (const [what, init] of Object.entries(hooks)) {
  test(`a request that waits for ${what} fails when its host dies`, async () => {
    await using host = await MortalHost.start()
    await using cache = host.thread.connect()
    const waiting = new Waiting()
    const failure = await lost(host, waiting, cache.send(origin.url('/story'), init(waiting)))
    assert.is(failure.code, 'HostLost')
    assert.is((failure.cause as Error).message, 'told to die')
  })
}

async function transformed(cache: Cache, waiting: Waiting) {
  return await cache.send(origin.url('/story'), {
    afterSend(candidate) {
      candidate.setUncacheable()
      candidate.bodyTransform = async function* () {
        yield Buffer.from('half')
        await waiting.run()
      }
    },
  })
}

test('a body that waits for a transform of its own thread fails when the host dies', async () => {
  await using host = await MortalHost.start()
  await using cache = host.thread.connect()
  const waiting = new Waiting()
  const response = await transformed(cache, waiting)
  assert.is((await lost(host, waiting, response.text())).code, 'HostLost')
})

test('a background fetch that waits for a hook fails when the host dies', async () => {
  await using host = await MortalHost.start()
  await using cache = host.thread.connect()
  await (await cache.send(origin.url('/stale'))).text()
  const waiting = new Waiting()
  const { isStale, revalidation } = await cache.send(origin.url('/stale'), {
    afterSend: async () => await waiting.run(),
  })
  assert.ok(isStale && revalidation)
  assert.is((await lost(host, waiting, revalidation)).code, 'HostLost')
})

for (const window of ['stale-while-revalidate', 'stale-if-error'])
  test(`a fetch of a request with hooks fails with HostLost, whatever its hooks would do: ${window}`, async () => {
    await using host = await MortalHost.start()
    await using cache = host.thread.connect()
    const url = origin.url(`/${window}`)
    await (await cache.send(url)).text()
    const gate = origin.hold(`/${window}`)
    const pending = cache.send(url, { afterSend() {} })
    const fetch = window === 'stale-if-error' ? pending : (await pending).revalidation
    const failure = failureOf(fetch as PromiseLike<unknown>)
    await origin.arrived(`/${window}`, 2)
    host.fate.postMessage('throw')
    assert.is((await failure).code, 'HostLost')
    gate.open()
  })

test('a thread that only polls while its hook waits hears of the death of its host', async () => {
  await using host = await MortalHost.start()
  await using cache = host.thread.connect()
  const waiting = new Waiting()
  const pending = cache.send(origin.url('/story'), { beforeSend: () => waiting.run() })
  await until('its hook waits', () => !pending.poll().ready && waiting.begun.isOpen)
  host.fate.postMessage('throw')
  let failure: unknown
  while (failure === undefined) {
    try {
      pending.poll()
    } catch (error) {
      failure = error
    }
  }
  assert.is((failure as HostLostError).code, 'HostLost')
})

test.run()
