/** A guest may die at any yield point of its generators: what it held is given back, and all others get their answers. */

import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HostThread, startHost } from '../../lib/index.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { untilFree } from './crew.js'
import type { ErrandData, ErrandWord, Way } from './errand.js'

const WAYS: readonly Way[] = ['exits', 'throws', 'is terminated while it is blocked', 'is terminated while it turns']
const PATHS = ['placed', 'hooked', 'shouted', 'stale', 'blocked']
const seed = Number(process.env['SEED'] ?? Date.now() % 1e9)

function startScript(origin: Origin): void {
  for (const path of PATHS) {
    const fresh = path === 'stale' ? 'max-age=0, stale-while-revalidate=60' : 'max-age=60'
    origin.on(`/${path}`, { headers: { 'cache-control': fresh }, body: ['of ', path] })
  }
  origin.on('/sent', { status: 200, body: 'sent' })
}

/** How many yield points the guest came past, or that it died; its thread has ended either way. */
async function errand(host: HostThread, base: string, diesAt: number, way: Way): Promise<number | 'died'> {
  const ticket = host.ticket()
  const workerData: ErrandData = { ticket, base, diesAt, way }
  const worker = new Worker(new URL('./errand.js', import.meta.url), { workerData, transferList: [ticket.port] })
  let through: number | 'died' = 'died'
  worker.on('message', (word: ErrandWord) => {
    if (word.is === 'through') through = word.points
    else void worker.terminate()
  })
  worker.on('error', () => {})
  await new Promise((resolve) => worker.once('exit', resolve))
  return through
}

/** A number from 0 to below `limit`, the same for the same seed and `nth`. */
function chosen(nth: number, limit: number): number {
  return (Math.imul((seed + nth) ^ 0x5bd1e995, 0x9e3779b1) >>> 8) % limit
}

test('a guest that dies at any yield point, in a way chosen by seed, gives back all it held', async () => {
  console.log(`      seed ${seed}`)
  await using origin = await startOrigin()
  startScript(origin)
  await using host = await startHost()
  const points = await errand(host, origin.base, 0, 'exits')
  assert.type(points, 'number')
  await untilFree(host)
  assert.ok(Number(points) > 10, `${points} yield points`)
  await using cache = host.connect()
  for (let point = 1; point <= Number(points); point++) {
    await cache.purge({ all: true })
    const way = WAYS[chosen(point, WAYS.length)] as Way
    const about = `seed ${seed}, at point ${point} of ${points}, it ${way}`
    const dies = errand(host, origin.base, point, way)
    // A request that is sent meanwhile may wait behind it, or find what it left half done.
    const asked = PATHS.map(async (path) => await (await cache.send(origin.url(`/${path}`))).text())
    const texts = await Promise.allSettled(asked)
    await dies
    await untilFree(host, 2)
    for (const [at, path] of PATHS.entries()) {
      const text = texts[at]
      // A body that broke off while it was read is an error, and never half a body.
      if (text?.status === 'rejected') assert.is(text.reason.name, 'TruncatedBodyError', about)
      else assert.is(text?.value.toLowerCase(), `of ${path}`, about)
    }
    const again = PATHS.map(async (path) => await (await cache.send(origin.url(`/${path}`))).text())
    assert.equal(
      (await Promise.all(again)).map((text) => text.toLowerCase()),
      PATHS.map((path) => `of ${path}`),
      about,
    )
  }
})

test.run()
