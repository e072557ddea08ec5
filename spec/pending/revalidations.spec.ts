/** Background fetches are counted, one per key, bounded per origin, refused after failures, and drained (semantics 2.7). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Answer } from '../../lib/pending/answer.js'
import { Revalidations } from '../../lib/pending/revalidations.js'
import { ManualReadiness, type Pending, ready } from '../../lib/scheduler/index.js'
import { Scheduler } from '../../lib/scheduler/internal.js'
import { TestClock } from '../kit/test-clock.js'
import { GET, get, ok, setting, textOf } from './fixture.js'

const ORIGIN = 'http://origin'
const MOST = 16

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
  return { clock, revalidations, start, turns }
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
    assert.ok(revalidations.admits(ORIGIN, 0))
    return start(`${i}`)
  })
  assert.not.ok(revalidations.admits(ORIGIN, 0))
  assert.ok(revalidations.admits('http://elsewhere', 0))
  assert.is(revalidations.stats().refused, 1)
  await running[0]?.end()
  assert.ok(revalidations.admits(ORIGIN, 0))
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

for (const [what, hooks] of [
  ['whose fetch', {}],
  [
    'whose hook',
    {
      afterSend: () => {
        throw new Error('not good enough')
      },
    },
  ],
] as const)
  test(`after two background fetches ${what} has failed in one thread, another thread begins none either`, async () => {
    const { host, clock, request, stored, scheduler } = setting()
    await stored(ok(SWR, 'old'))
    clock.advance(5000)
    host.script = () => (what === 'whose fetch' ? 'ConnectionRefused' : ok(SWR, 'new'))
    const ask = async (asking: Pending<Answer>) => {
      const answer = await asking
      assert.is(await textOf(host, answer), 'old')
      await answer.revalidation?.then(undefined, () => {})
      return answer.revalidation !== undefined
    }
    for (const _ of [1, 2]) assert.ok(await ask(request({ hooks })))
    const others = new Revalidations(scheduler.engine, clock)
    assert.not(await ask(request({}, others)))
    assert.is(others.stats().refused, 1)
    clock.advance(1000)
    host.script = () => ok(SWR, 'new')
    assert.ok(await ask(request({}, others)))
    assert.is(await textOf(host, await request()), 'new')
  })

test('a background fetch that its holder cancels is no failure of its key', async () => {
  const { host, clock, request, stored } = setting()
  await stored(ok(SWR, 'old'))
  clock.advance(5000)
  for (const _ of [1, 2, 3]) {
    const answer = await request()
    await textOf(host, answer)
    assert.ok(answer.revalidation)
    answer.revalidation.cancel()
  }
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
