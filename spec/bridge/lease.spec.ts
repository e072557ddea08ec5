/** A guest that leads and no longer turns holds up the waiters for the length of its lease, and no longer. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, type SendInit, startHost, type TidewaitError } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { ClockedHost } from '../kit/clocked-host.js'
import { startOrigin } from '../kit/origin.js'
import { Member, statsOf, until, untilFree } from './crew.js'

const FRESH = { 'cache-control': 'max-age=60' }
const LEASE_MS = 8000

test('when a leader loops in a hook for ever, the next waiter fetches once the lease is over', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/loop', { headers: FRESH, body: 'from the next' })
  const looping = new Member(host.thread, 'loops in a hook', { url: origin.url('/loop') })
  assert.is(await looping.hears(), 'in the hook')
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/loop'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'from the next')
  assert.is(origin.count('/loop'), 1)
  await looping.terminate()
})

test('a leader whose lease has lapsed still gets its own answer, and the others keep theirs', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/late', [
    { headers: FRESH, body: 'fetched by the first' },
    { headers: FRESH, body: 'fetched by the second' },
  ])
  const late = new Member(host.thread, 'stops in a hook', { url: origin.url('/late') })
  assert.is(await late.hears(), 'in the hook')
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/late'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'fetched by the second')
  late.open()
  assert.equal(await late.hears(), { status: 200, text: 'fetched by the first' })
  const after = await cache.send(origin.url('/late'))
  assert.equal([await after.text(), after.headers.get('x-by')], ['fetched by the second', null])
  assert.is(statsOf(host.thread).transactions.lapsed, 1)
  await late.exited
  await cache.close()
  await untilFree(host.thread)
})

test('a leader whose lease has lapsed may still answer with the stale object it had found', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  const headers = { 'cache-control': 'max-age=1, stale-if-error=600' }
  origin.on('/sie', [
    { headers, body: 'stale' },
    { headers, body: 'refused by the first' },
    { headers: FRESH, body: 'taken by the second' },
  ])
  await using cache = host.connect()
  assert.is(await (await cache.send(origin.url('/sie'))).text(), 'stale')
  await host.advance(2000)
  const late = new Member(host.thread, 'stops, then fails', { url: origin.url('/sie') })
  assert.is(await late.hears(), 'in the hook')
  const waiting = cache.send(origin.url('/sie'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'taken by the second')
  late.open()
  assert.equal(await late.hears(), { status: 200, text: 'stale' })
  await late.exited
})

test('a leader whose lease has lapsed may answer with a stale object whose body still streams in', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  const headers = { 'cache-control': 'max-age=1, stale-if-error=600' }
  const end = new Barrier()
  origin.on('/slow', [
    { headers, body: ['sta', end, 'le'] },
    { headers, body: 'refused by the first' },
    { headers: FRESH, body: 'taken by the second' },
  ])
  await using cache = host.connect()
  const first = await cache.send(origin.url('/slow'))
  await host.advance(2000)
  const late = new Member(host.thread, 'stops, then fails', { url: origin.url('/slow') })
  assert.is(await late.hears(), 'in the hook')
  const waiting = cache.send(origin.url('/slow'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'taken by the second')
  late.open()
  await until('it has let its transaction go', () => statsOf(host.thread).handles === 0)
  end.open()
  assert.equal(await late.hears(), { status: 200, text: 'stale' })
  assert.is(await first.text(), 'stale')
  await late.exited
})

test('a leader whose thread turns keeps its lease for as long as its hook takes', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/slow', { headers: FRESH, body: 'the one answer' })
  await using leading = host.connect()
  let release = () => {}
  const leader = leading.send(origin.url('/slow'), {
    afterSend: () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  })
  await until('it fetches', () => {
    leader.poll()
    return origin.count('/slow') === 1
  })
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/slow'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  for (let passedMs = 0; passedMs < 5 * LEASE_MS; passedMs += LEASE_MS / 4) {
    leader.poll()
    await new Promise(setImmediate)
    await host.advance(LEASE_MS / 4)
  }
  assert.is(statsOf(host.thread).transactions.lapsed, 0)
  await until('the hook runs', () => {
    leader.poll()
    return release.length > 0
  })
  release()
  assert.is(await (await leader).text(), 'the one answer')
  assert.is(await (await waiting).text(), 'the one answer')
  assert.is(origin.count('/slow'), 1)
})

test('a leader whose thread is in its event loop keeps its lease, whatever the thread awaits', async () => {
  await using origin = await startOrigin()
  await using host = await startHost({ leaseMs: 1000 })
  origin.on('/awaits', { headers: FRESH, body: 'the one answer' })
  const member = new Member(host, 'waits in a hook', { url: origin.url('/awaits') })
  assert.is(await member.hears(), 'in the hook')
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/awaits'))
  waiting.poll()
  const startMs = performance.now()
  await until('two leases have passed', () => performance.now() - startMs > 2000)
  assert.is(statsOf(host).transactions.lapsed, 0)
  member.tell('go on')
  assert.equal(await member.hears(), { status: 200, text: 'the one answer' })
  assert.is(await (await waiting).text(), 'the one answer')
})

for (const task of ['polls beside its hook', 'waits in short beside its hook'] as const) {
  test(`a leader that ${task}, and never comes to its event loop, holds up the waiters for one lease`, async () => {
    await using origin = await startOrigin()
    await using host = await startHost({ leaseMs: 1000 })
    origin.on('/busy', { headers: FRESH, body: 'fetched' })
    origin.hold('/busy-never')
    const busy = new Member(host, task, { url: origin.url('/busy') })
    assert.is(await busy.hears(), 'in the hook')
    await using cache = host.connect()
    assert.is(await (await cache.send(origin.url('/busy'))).text(), 'fetched')
    assert.is(statsOf(host).transactions.lapsed, 1)
    busy.open()
    assert.equal(await busy.hears(), { status: 200 })
    await busy.terminate()
  })
}

test('a leader that was polled, and that nobody drives any more, holds up the waiters for one lease', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/neglected', { headers: FRESH, body: 'from the next' })
  await using neglectful = host.connect()
  neglectful.send(origin.url('/neglected'), { beforeSend() {} }).poll()
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/neglected'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'from the next')
})

test('a thread that nobody drives any more holds up the others for one lease, however many of its requests wait before theirs', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/crowd', { headers: FRESH, body: 'from the next' })
  await using neglectful = host.connect()
  for (let nth = 0; nth < 5; nth++) neglectful.send(origin.url('/crowd'), { beforeSend() {} }).poll()
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/crowd'))
  waiting.poll()
  await until('all wait', () => statsOf(host.thread).transactions.waiting === 5)
  await host.advance(LEASE_MS * 2)
  assert.is(await (await waiting).text(), 'from the next')
  assert.is(statsOf(host.thread).transactions.lapsed, 5)
})

test("two threads that block for each other's hooks hold each other up for one lease", async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  const urls = ['/one', '/other'].map((path) => origin.on(path, { headers: FRESH, body: 'fetched' }).url(path))
  const members = urls.map((url) => new Member(host.thread, 'blocks beside its hook', { url }))
  for (const member of members) assert.is(await member.hears(), 'in the hook')
  for (const [at, member] of members.entries()) member.tell(urls[1 - at])
  await until('both block', () => statsOf(host.thread).transactions.waiting === 2)
  await host.advance(LEASE_MS * 2)
  for (const member of members) assert.equal(await member.hears(), { status: 200, text: 'fetched' })
  for (const member of members) assert.equal(await member.hears(), { status: 200 })
  assert.is(statsOf(host.thread).transactions.lapsed, 2)
})

test('a leader that sleeps while its fetch is under way keeps its lease for as long as the origin takes', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  const gate = new Barrier()
  origin.on('/slow', async () => {
    await gate.opened
    return { headers: FRESH, body: 'the one answer' }
  })
  const member = new Member(host.thread, 'blocks on its fetch', { url: origin.url('/slow') })
  await origin.arrived('/slow')
  await using cache = host.connect()
  const waiting = cache.send(origin.url('/slow'))
  waiting.poll()
  await until('it waits', () => statsOf(host.thread).transactions.waiting === 1)
  for (let passedMs = 0; passedMs < 3 * LEASE_MS; passedMs += LEASE_MS / 4) await host.advance(LEASE_MS / 4)
  assert.is(statsOf(host.thread).transactions.lapsed, 0)
  gate.open()
  assert.equal(await member.hears(), { status: 200, text: 'the one answer' })
  assert.is(await (await waiting).text(), 'the one answer')
  assert.is(origin.count('/slow'), 1)
})

test('when a leader loops in a transform for ever, its readers fail once the lease is over, and the next request fetches', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/loop', [
    { headers: FRESH, body: 'half' },
    { headers: FRESH, body: 'from the next' },
  ])
  const looping = new Member(host.thread, 'loops in a transform', { url: origin.url('/loop') })
  assert.is(await looping.hears(), 'in the transform')
  await using cache = host.connect()
  const response = await cache.send(origin.url('/loop'))
  assert.is(String(Buffer.from((await response.read()) ?? [])), 'half')
  const rest = response.read().then(undefined, (error: TidewaitError) => error.code)
  await host.advance(LEASE_MS * 2)
  assert.is(await rest, 'TruncatedBody')
  assert.is(await (await cache.send(origin.url('/loop'))).text(), 'from the next')
  assert.is(origin.count('/loop'), 2)
  await looping.terminate()
})

test('a leader that stood still in a transform, while nobody waited for its body, goes on where it was', async () => {
  await using origin = await startOrigin()
  await using host = await ClockedHost.start({ leaseMs: LEASE_MS })
  origin.on('/still', { headers: FRESH, body: 'half' })
  const still = new Member(host.thread, 'stops in a transform', { url: origin.url('/still') })
  assert.is(await still.hears(), 'in the transform')
  await host.advance(LEASE_MS * 2)
  still.open()
  assert.equal(await still.hears(), { status: 200, text: 'half, and more' })
  await using cache = host.connect()
  assert.is(await (await cache.send(origin.url('/still'))).text(), 'half, and more')
  assert.is(origin.count('/still'), 1)
  await still.exited
})

const BY_THE_WAY: readonly (readonly [method: string, init: SendInit, headers: Record<string, string>])[] = [
  ['HEAD', { method: 'HEAD', cacheOverride: 'pass' }, {}],
  ['POST', { method: 'POST' }, { 'Content-Location': '/led' }],
]

for (const [method, init, headers] of BY_THE_WAY)
  test(`an answer to ${method} that makes a claim takes no lease from a leader while nobody waits, even one that ran out`, async () => {
    await using origin = await startOrigin()
    await using host = await ClockedHost.start({ leaseMs: LEASE_MS, policy: { invalidation: false } })
    origin.on('/led', [
      { headers: { 'Cache-Control': 'max-age=1' }, body: 'before' },
      { headers: FRESH, body: 'fetched by the leader' },
      { headers: { ...FRESH, ...headers }, body: method === 'HEAD' ? '' : 'by the way' },
    ])
    await using cache = host.connect()
    await (await cache.send(origin.url('/led'))).text()
    await host.advance(2000)
    const late = new Member(host.thread, 'stops in a hook', { url: origin.url('/led') })
    assert.is(await late.hears(), 'in the hook')
    await host.advance(LEASE_MS * 2)
    await (await cache.send(origin.url('/led'), init)).text()
    late.open()
    assert.equal(await late.hears(), { status: 200, text: 'fetched by the leader' })
    // However old it is: the leader's thread is on another clock.
    const after = await cache.send(origin.url('/led'), { headers: { 'Cache-Control': 'only-if-cached, max-stale' } })
    assert.equal([await after.text(), after.headers.get('x-by')], ['fetched by the leader', 'the one who stopped'])
    assert.is(statsOf(host.thread).transactions.lapsed, 0)
    await late.exited
  })

test('leaseMs is a number of at least 1000', async () => {
  for (const leaseMs of [0, 999, Number.NaN, '5000']) {
    const failure = await startHost({ leaseMs: leaseMs as number }).then(undefined, (error: unknown) => error)
    assert.instance(failure, InvalidArgumentError)
  }
})

test.run()
