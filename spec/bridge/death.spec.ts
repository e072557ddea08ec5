/** A guest that dies, however it does, gives back all it held, and the waiters behind it go on. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TruncatedBodyError } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { Member, statsOf, until, untilFree } from './crew.js'
import { openStage } from './stage.js'

const FRESH = { 'cache-control': 'max-age=60' }
const CHUNK = new Uint8Array(100_000).fill(97)

const { host, origin } = await openStage(test)

/** A member that leads at `path`, and one that waits behind it. */
async function leaderAndWaiter(task: ConstructorParameters<typeof Member>[1], path: string) {
  const held = origin.hold(path)
  const leader = new Member(host, task, { url: origin.url(path) })
  await origin.arrived(path)
  const waiter = new Member(host, 'placed wait', { url: origin.url(path) })
  assert.is(await waiter.hears(), 'begins')
  await until('one waits', () => statsOf(host).transactions.waiting === 1)
  return { leader, waiter, held }
}

const ways = {
  'is terminated while it awaits': 'hooked await',
  'is terminated while it is blocked': 'hooked wait',
  'is terminated while it polls': 'hooked poll',
} as const

for (const [way, task] of Object.entries(ways)) {
  test(`when a leader ${way}, the next waiter fetches`, async () => {
    const path = `/${task.replace(' ', '-')}`
    origin.on(path, { headers: FRESH, body: 'second try' })
    const { leader, waiter, held } = await leaderAndWaiter(task, path)
    await leader.terminate()
    await origin.arrived(path, 2)
    held.open()
    assert.equal(await waiter.hears(), { status: 200 })
    await untilFree(host)
    assert.is(origin.count(path), 2)
  })
}

test('when a guest dies whose request leads on the host, that request is given up, and the next waiter fetches', async () => {
  origin.on('/placed', { headers: FRESH, body: 'first try' })
  const { leader, waiter, held } = await leaderAndWaiter('placed wait', '/placed')
  await leader.terminate()
  await until('it is gone', () => statsOf(host).guests === 2)
  await origin.arrived('/placed', 2)
  held.open()
  assert.equal(await waiter.hears(), { status: 200 })
  await untilFree(host)
})

for (const task of ['exits in a hook', 'throws uncaught in a hook'] as const) {
  test(`when a leader ${task}, the next waiter fetches`, async () => {
    const path = `/${task.replaceAll(' ', '-')}`
    origin.on(path, { headers: FRESH, body: 'second try' })
    const { leader, waiter, held } = await leaderAndWaiter(task, path)
    held.open()
    assert.equal(await waiter.hears(), { status: 200 })
    const { code, error } = await leader.exited
    if (task === 'exits in a hook') assert.is(code, 3)
    else assert.match(error?.message ?? '', 'nobody catches this')
    await untilFree(host)
    assert.is(origin.count(path), 2)
  })
}

test('a guest that dies in the middle of a body it reads leaves neither a stream nor a reader at the host', async () => {
  const rest = new Barrier()
  origin.on('/half', { headers: FRESH, body: [CHUNK, rest, CHUNK] })
  const reader = new Member(host, 'reads half', { url: origin.url('/half') })
  assert.ok((await reader.hears<number>()) > 0)
  const { handles } = statsOf(host)
  await reader.terminate()
  rest.open()
  await untilFree(host)
  assert.ok(statsOf(host).handles <= handles)
  await using cache = host.connect()
  assert.is((await (await cache.send(origin.url('/half'))).bytes()).byteLength, 2 * CHUNK.byteLength)
  assert.is(origin.count('/half'), 1)
})

test('when a guest dies in the middle of a body it writes, its readers fail, and nothing stays stored', async () => {
  origin.on('/written', { headers: FRESH, body: 'what is transformed' })
  const writer = new Member(host, 'writes half', { url: origin.url('/written') })
  assert.is(await writer.hears(), 'half')
  await using cache = host.connect()
  const response = await cache.send(origin.url('/written'))
  assert.is(Buffer.from((await response.read()) ?? []).toString(), 'half of ')
  await writer.terminate()
  const failure = await response.read().then(undefined, (error: unknown) => error)
  assert.instance(failure, TruncatedBodyError)
  assert.is((failure as TruncatedBodyError).blame, 'caller')
  assert.is(await (await cache.send(origin.url('/written'))).text(), 'what is transformed')
  await cache.close()
  await untilFree(host)
})

test.run()
