/** Background fetches are counted, one per key, bounded per origin, backed off after failures, and drained (semantics 2.7). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Revalidations } from '../../lib/pending/revalidations.js'
import { ManualReadiness, ready } from '../../lib/scheduler/index.js'
import { Scheduler } from '../../lib/scheduler/internal.js'
import { TestClock } from '../kit/test-clock.js'
import { GET, get, ok, setting, textOf } from './fixture.js'

const ORIGIN = 'http://origin'
const MOST = 16
const MOST_FAILURES = 10_000

function fixture() {
  const readiness = new ManualReadiness()
  const clock = new TestClock()
  const revalidations = new Revalidations(new Scheduler(readiness).engine, clock)
  const turns = async () => {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  /** Work for `key` that goes on until it is told how to end. */
  const start = (key: string, origin = ORIGIN) => {
    const handle = readiness.open()
    let failure: Error | undefined
    const pending = revalidations.start({ key, origin }, function* () {
      yield* ready(handle)
      if (failure) throw failure
    })
    return {
      pending,
      async end(how?: Error) {
        failure = how
        readiness.settle(handle)
        await turns()
      },
    }
  }
  const fail = (key: string) => start(key).end(new Error('failed'))
  return { clock, revalidations, start, fail, turns }
}

test('stats count background fetches that run, have started, have failed and were refused', async () => {
  const { revalidations, start } = fixture()
  assert.equal(revalidations.stats(), { running: 0, started: 0, failed: 0, refused: 0 })
  const [one, two] = [start('a'), start('b')]
  assert.equal(revalidations.stats(), { running: 2, started: 2, failed: 0, refused: 0 })
  await one.end()
  assert.is(revalidations.stats().running, 1)
  await two.end(new Error('failed'))
  assert.equal(revalidations.stats(), { running: 0, started: 2, failed: 1, refused: 0 })
})

test('the failure of a background fetch reaches whoever awaits it, and is no unhandled rejection where nobody does', async () => {
  const { start } = fixture()
  const { pending, end } = start('a')
  await end(new Error('mine'))
  assert.match(String(await pending.then(undefined, (error: unknown) => error)), /mine/)
})

test('at most 16 background fetches run for one origin; more are refused until one has ended', async () => {
  const { revalidations, start } = fixture()
  const running = Array.from({ length: MOST }, (_, i) => {
    assert.ok(revalidations.admits(`${i}`, ORIGIN))
    return start(`${i}`)
  })
  assert.not.ok(revalidations.admits('more', ORIGIN))
  assert.ok(revalidations.admits('more', 'http://elsewhere'))
  assert.is(revalidations.stats().refused, 1)
  await running[0]?.end()
  assert.ok(revalidations.admits('more', ORIGIN))
})

test('from its second failure in a row on a key backs off, twice as long each time, up to a minute', async () => {
  const { clock, revalidations, fail } = fixture()
  await fail('a')
  assert.ok(revalidations.admits('a', ORIGIN))
  for (const waitMs of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
    await fail('a')
    clock.advance(waitMs - 1)
    assert.not.ok(revalidations.admits('a', ORIGIN), `within ${waitMs} ms`)
    assert.ok(revalidations.admits('b', ORIGIN), 'other keys are not concerned')
    clock.advance(1)
    assert.ok(revalidations.admits('a', ORIGIN), `after ${waitMs} ms`)
  }
})

test('beyond 10,000 keys with failures, the key that failed longest ago is forgotten', () => {
  const { revalidations } = fixture()
  const twice = (key: string) => {
    for (const _ of [1, 2]) revalidations.failedToStart(key)
  }
  twice('again')
  twice('once')
  for (let others = 2; others < MOST_FAILURES; others++) revalidations.failedToStart(`${others}`)
  revalidations.failedToStart('again')
  assert.not.ok(revalidations.admits('once', ORIGIN))
  revalidations.failedToStart('one more')
  assert.ok(revalidations.admits('once', ORIGIN))
  assert.not.ok(revalidations.admits('again', ORIGIN))
})

test('a background fetch that succeeds forgets the failures of its key', async () => {
  const { revalidations, start, fail } = fixture()
  await fail('a')
  await fail('a')
  assert.not.ok(revalidations.admits('a', ORIGIN))
  await start('a').end()
  await fail('a')
  assert.ok(revalidations.admits('a', ORIGIN))
})

test('drain waits for all background fetches, and for those that start meanwhile', async () => {
  const { revalidations, start, turns } = fixture()
  const [one, two] = [start('a'), start('b')]
  let state = 'draining'
  const drained = revalidations.drain(10_000).then(() => {
    state = 'drained'
  })
  await one.end()
  const three = start('c')
  await two.end(new Error('failed'))
  await turns()
  assert.is(state, 'draining')
  await three.end()
  await drained
  assert.is(state, 'drained')
})

test('drain ends when its time is over, and leaves the rest running', async () => {
  const { clock, revalidations, start } = fixture()
  start('a')
  const drained = revalidations.drain(1000)
  clock.advance(1000)
  await drained
  await revalidations.drain(0)
  assert.is(revalidations.stats().running, 1)
  assert.is(clock.pending(), 0)
})

test('drain with nothing under way is done at once, and leaves no timer', async () => {
  const { clock, revalidations } = fixture()
  await revalidations.drain(1000)
  assert.is(clock.pending(), 0)
})

const SWR = 'max-age=1, stale-while-revalidate=60'

test('of many stale answers for one key, one leads a background fetch', async () => {
  const { host, clock, request, stored, revalidations } = setting()
  await stored(ok(SWR, 'old'))
  clock.advance(5000)
  const answers = await Promise.all(Array.from({ length: 5 }, () => request()))
  assert.is(answers.filter(({ revalidation }) => revalidation !== undefined).length, 1)
  assert.equal([revalidations.stats().running, host.sent.length], [1, 2])
  host.answer(2, ok(SWR, 'new'))
  await revalidations.drain(1000)
  for (const answer of answers) assert.is(await textOf(host, answer), 'old')
  assert.is(host.held, 0)
})

test('where the background fetch is refused, the request gets its stale answer, sends nothing, and gives the obligation back', async () => {
  const { host, clock, request, stored, revalidations } = setting()
  await stored(ok(SWR, 'old'))
  clock.advance(5000)
  host.script = () => 'ConnectionRefused'
  for (let i = 0; i < 2; i++) {
    const answer = await request()
    await textOf(host, answer)
    await answer.revalidation?.then(undefined, () => {})
  }
  const sent = host.sent.length
  const answer = await request()
  assert.equal([await textOf(host, answer), answer.revalidation, host.sent.length], ['old', undefined, sent])
  assert.equal([host.stats().transactions.obligations, revalidations.stats().refused], [0, 1])
  clock.advance(1000)
  host.script = () => ok(SWR, 'new')
  const again = await request()
  await textOf(host, again)
  await again.revalidation
  assert.is(await textOf(host, await request()), 'new')
})

test("while a leader's hook waits, other requests get the stale answer, and the leader gets it after its hook", async () => {
  const { host, clock, request, stored } = setting()
  await stored(ok(SWR, 'old'))
  clock.advance(5000)
  host.script = () => ok(SWR, 'new')
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const leader = request({ hooks: { beforeSend: () => gate } })
  assert.equal(leader.poll(), { ready: false })
  const other = await request({ request: get() })
  assert.equal([await textOf(host, other), other.revalidation], ['old', undefined])
  go()
  const answer = await leader
  assert.is(await textOf(host, answer), 'old')
  await answer.revalidation
})

test('a leader whose hook waits holds a place among the background fetches, and gives it back when cancelled', async () => {
  const { host, clock, request, stored, revalidations } = setting()
  const requests = Array.from({ length: MOST + 1 }, (_, i) => ({ request: { ...GET, url: `${GET.url}${i}` } }))
  for (const one of requests) await stored(ok(SWR, 'old'), one)
  clock.advance(5000)
  host.script = () => ok(SWR, 'new')
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const leaders = requests.slice(0, MOST).map((one) => request({ ...one, hooks: { beforeSend: () => gate } }))
  for (const leader of leaders) assert.equal(leader.poll(), { ready: false })
  const last = requests[MOST]
  const refused = await request(last)
  assert.equal(
    [await textOf(host, refused), refused.revalidation, revalidations.stats().refused],
    ['old', undefined, 1],
  )
  leaders[0]?.cancel()
  assert.is(revalidations.stats().running, MOST - 1)
  const admitted = await request(last)
  assert.equal([await textOf(host, admitted), admitted.revalidation !== undefined], ['old', true])
  go()
  for (const leader of leaders.slice(1)) {
    const answer = await leader
    await textOf(host, answer)
    await answer.revalidation
  }
  await admitted.revalidation
  assert.is(revalidations.stats().running, 0)
})

test.run()
