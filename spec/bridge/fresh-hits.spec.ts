/** A fresh hit does not leave the guest's thread, and never gives an answer from before a purge that has returned. */

import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HostLostError } from '../../lib/base/errors.js'
import { startHost } from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'
import { statsOf } from './crew.js'
import type { LitmusData, LitmusReport } from './line/litmus-worker.js'
import { MortalHost } from './mortal-host.js'

const FRESH = { 'cache-control': 'max-age=60' }

for (const init of [{}, { afterSend() {} }] as const) {
  test(`${'afterSend' in init ? 'with hooks' : 'placed'}: the first poll of a fresh hit is ready, and the host learns of the hits`, async () => {
    await using origin = await startOrigin()
    await using host = await startHost()
    await using cache = host.connect()
    const url = origin.url('/')
    origin.on('/', { headers: FRESH, body: 'fresh' })
    for (let time = 0; time < 2; time++) await (await cache.send(url, init)).text()
    for (let hits = 2; hits <= 5; hits++) {
      const look = cache.send(url, init).poll()
      assert.ok(look.ready && look.value.hits === hits)
      assert.is(look.value.text().wait(), 'fresh')
    }
    assert.is(statsOf(host).transactions.outcomes.hit, 5)
    assert.is(origin.count('/'), 1)
  })
}

for (const [what, bytes] of [
  ['one that crosses as a copy', 16 * 1024 - 1],
  ['one in shared memory', 64 * 1024],
  ['one in many pieces of it', 1024 * 1024],
] as const) {
  test(`a body is remembered whole: ${what}`, async () => {
    await using origin = await startOrigin()
    await using host = await startHost()
    await using cache = host.connect()
    const url = origin.url('/')
    const body = Buffer.alloc(bytes, 'tide and time ')
    origin.on('/', { headers: FRESH, body })
    for (let time = 0; time < 2; time++) assert.ok(body.equals(await (await cache.send(url)).bytes()))
    const look = cache.send(url).poll()
    assert.ok(look.ready)
    assert.ok(body.equals(look.value.bytes().wait()))
  })
}

test('after a purge by one guest, no other guest answers with what was purged', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  await using purger = host.connect()
  await using reader = host.connect()
  const url = origin.url('/')
  origin.on('/', (_request, nth) => ({ headers: FRESH, body: `body ${nth}` }))
  for (let round = 1; round <= 50; round++) {
    for (let time = 0; time < 3; time++) assert.is(await (await reader.send(url)).text(), `body ${round}`)
    assert.is(await purger.purge({ url }), 1)
  }
  assert.is(origin.count('/'), 50)
})

test('a remembered answer is not given once its host has died', async () => {
  await using origin = await startOrigin()
  const host = await MortalHost.start()
  const cache = host.thread.connect()
  const url = origin.url('/')
  origin.on('/', { headers: FRESH, body: 'fresh' })
  for (let time = 0; time < 3; time++) await (await cache.send(url)).text()
  host.fate.postMessage('throw')
  await new Promise((resolve) => host.worker.once('exit', resolve))
  assert.throws(
    () => cache.send(url).wait(),
    (error: unknown) => error instanceof HostLostError,
  )
  await host[Symbol.asyncDispose]()
})

/** Few enough that purges fall everywhere, and enough that hits are remembered. */
const HITS_BETWEEN_PURGES = 300

/**
 * Each reader notes the newest edition that was announced, asks, and must not get an older one: an edition is announced
 * once the purge of the one before has returned. With versions that moved on after the purge was answered, this failed.
 */
test('of a million hits beside a stream of purges, none is older than a purge that had returned', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  await using cache = host.connect()
  const url = origin.url('/')
  const words = new Int32Array(new SharedArrayBuffer(8))
  let edition = 1
  origin.on('/', () => ({ headers: FRESH, body: String(edition) }))
  const readers = [0, 1].map((): [Worker, Promise<LitmusReport>] => {
    const ticket = host.ticket()
    const workerData: LitmusData = { ticket, url, words }
    const worker = new Worker(new URL('./line/litmus-worker.js', import.meta.url), {
      workerData,
      transferList: [ticket.port],
    })
    return [worker, new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))]
  })
  const reports = Promise.all(readers.map(([, report]) => report))
  let state: 'running' | 'done' = 'running'
  void reports.finally(() => {
    state = 'done'
  })
  while (state === 'running') {
    const hits = Atomics.load(words, 1)
    edition++
    await cache.purge({ url })
    Atomics.store(words, 0, edition)
    do await new Promise((resolve) => setImmediate(resolve))
    while (state === 'running' && Atomics.load(words, 1) - hits < HITS_BETWEEN_PURGES)
  }
  for (const { hits, editions, older } of await reports) {
    assert.equal(older, [])
    assert.ok(hits >= 500_000 && editions > 100, `${hits} hits, ${editions} editions`)
  }
})

test.run()
