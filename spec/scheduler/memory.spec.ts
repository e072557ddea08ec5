/** A coroutine that has ended is let go: no queue, table or listener keeps it. */

import { race, sleep, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Pending, promised, ready, type Scheduler } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { collect } from '../kit/garbage.js'
import { type Fixture, fixture, microtasks } from './fixture.js'

const COUNT = 50

/** In an object of its own, because a promise of a pending would be a promise of its answer. */
interface Made {
  readonly pending: Pending<unknown>
}

/** How many of the answers and pendings that `make` leaves behind are still there once the garbage is collected. */
async function kept(make: (given: Fixture, answer: object) => Made | Promise<Made>) {
  const given = fixture()
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < COUNT; i++) {
    const answer = { i }
    refs.push(new WeakRef(answer), new WeakRef((await make(given, answer)).pending))
  }
  await microtasks()
  collect()
  await microtasks()
  collect()
  const left = refs.filter((ref) => ref.deref() !== undefined).length
  return { left, given }
}

const returning = (scheduler: Scheduler, answer: object) =>
  scheduler.spawn(function* () {
    return answer
  })

/** Engines keep the last one or two alive in registers and caches. */
const FEW = 4

test('a coroutine that ended at its first poll is let go, though nobody ever calls turn', async () => {
  const { left, given } = await kept(({ scheduler }, answer) => {
    const pending = returning(scheduler, answer)
    pending.poll()
    return { pending }
  })
  assert.ok(left <= FEW, `${left} kept`)
  assert.is(given.scheduler.turn(), 0)
})

test('coroutines that were polled in another order than they were spawned in are let go', async () => {
  const { left } = await kept(({ scheduler }, answer) => {
    const others = [0, 1, 2].map(() => returning(scheduler, {}))
    const pending = returning(scheduler, answer)
    for (const each of [others[1], pending, others[0], others[2]]) each?.poll()
    return { pending }
  })
  assert.ok(left <= FEW, `${left} kept`)
})

test('a coroutine that was cancelled while fresh, parked or queued is let go', async () => {
  for (const state of ['fresh', 'parked', 'queued'] as const) {
    const { left } = await kept(({ readiness, scheduler }, answer) => {
      const handle = readiness.open()
      const pending = scheduler.spawn(function* () {
        yield* ready(handle)
        return answer
      })
      if (state !== 'fresh') pending.poll()
      if (state === 'queued') readiness.settle(handle)
      pending.cancel()
      return { pending }
    })
    assert.ok(left <= FEW, `${left} kept that were ${state}`)
  }
})

test('a coroutine that was awaited, was joined, or had foreign effects is let go', async () => {
  for (const way of ['awaited', 'joined', 'foreign', 'promise'] as const) {
    const { left } = await kept(async ({ scheduler }, answer) => {
      const pending = scheduler.spawn(function* () {
        if (way === 'foreign') yield* sleep(0)
        if (way === 'promise') yield* promised(Promise.resolve())
        return answer
      })
      if (way === 'joined') await scheduler.spawn(() => pending)
      else await pending
      return { pending }
    })
    assert.ok(left <= FEW, `${left} kept that were ${way}`)
  }
})

test('a cancelled coroutine whose promise never settles is let go', async () => {
  const { left } = await kept(async ({ scheduler }, answer) => {
    const pending = scheduler.spawn(function* () {
      yield* promised(new Promise(() => {}))
      return answer
    })
    const failure = failureOf(pending)
    pending.cancel()
    await failure
    return { pending }
  })
  assert.ok(left <= FEW, `${left} kept`)
})

test('a cancelled coroutine is let go though others still wait for its promise', async () => {
  for (const how of ['by itself', 'in a task'] as const) {
    const long = new Promise<never>(() => {})
    const { left, given } = await kept(({ scheduler }, answer) => {
      const pending = scheduler.spawn(function* () {
        if (how === 'in a task') yield* race([promised(long), suspend()])
        else yield* promised(long)
        return answer
      })
      pending.poll()
      pending.cancel()
      return { pending }
    })
    assert.ok(left <= FEW, `${left} kept that waited ${how}`)
    assert.not(given.scheduler.spawn(() => promised(long)).poll().ready)
  }
})

test('a cancelled coroutine is let go that had joined a long-lived pending which batches have watched', async () => {
  const { left } = await kept(async ({ readiness, scheduler }, answer) => {
    const long = scheduler.spawn(() => ready(readiness.open()))
    long.poll()
    const joiner = scheduler.spawn(function* () {
      yield* long
      return answer
    })
    joiner.poll()
    joiner.cancel()
    for (const _ of scheduler.completed<unknown>([returning(scheduler, answer), long])) break
    for await (const _ of scheduler.asCompleted<unknown>([returning(scheduler, answer), long])) break
    return { pending: joiner }
  })
  assert.ok(left <= FEW, `${left} kept`)
})

test.run()
