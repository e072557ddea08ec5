/** The drivers that never block: `turn` moves every coroutine once, and `poll` goes as far as it can. */

import type { Operation } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Pending, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { fixture, stand } from './fixture.js'

test('turn moves each coroutine that can move once, in the order they became able, and says how many', () => {
  const { readiness, scheduler } = fixture()
  const handles = [readiness.open(), readiness.open(), readiness.open()] as const
  const order: number[] = []
  handles.forEach((handle, i) => {
    scheduler.spawn(function* () {
      yield* ready(handle)
      order.push(i)
    })
  })
  assert.is(scheduler.turn(), 3)
  assert.is(scheduler.turn(), 0)
  readiness.settle(handles[2])
  readiness.settle(handles[0])
  assert.is(scheduler.turn(), 2)
  assert.is(scheduler.turn(), 0)
  assert.equal(order, [2, 0])
})

test('poll goes as far as possible, through the coroutines that its own depends on', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const leader = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'led'
  })
  const waiter = scheduler.spawn(() => leader)
  assert.is(stand(waiter), 'not ready')
  readiness.settle(handle)
  assert.is(stand(waiter), 'returned led')
})

test('one poll reaches the end of a chain of coroutines that spawn each other', () => {
  const { scheduler } = fixture()
  function* depth(left: number): Generator<never, number, never> {
    if (left === 0) return 0
    return 1 + (yield* scheduler.spawn(() => depth(left - 1)) as unknown as Generator<never, number, never>)
  }
  assert.is(stand(scheduler.spawn(() => depth(2_500))), 'returned 2500')
})

/** Spawns two coroutines that wake each other for ever, and one that finds its handle ready for ever. */
function restless({ readiness, scheduler }: ReturnType<typeof fixture>): Record<'rally' | 'spin', Pending<void>> {
  const rally = scheduler.spawn(function* (): Operation<void> {
    let [mine, theirs] = [readiness.open(), readiness.open()]
    scheduler.spawn(function* () {
      for (;;) {
        yield* ready(theirs)
        readiness.close(theirs)
        theirs = readiness.open()
        readiness.settle(mine)
      }
    })
    for (;;) {
      readiness.settle(theirs)
      yield* ready(mine)
      readiness.close(mine)
      mine = readiness.open()
    }
  })
  const always = readiness.open()
  readiness.settle(always)
  const spin = scheduler.spawn(function* (): Operation<void> {
    for (;;) yield* ready(always)
  })
  return { rally, spin }
}

test('coroutines that can always go on do not keep poll from returning', () => {
  const world = fixture()
  const { rally, spin } = restless(world)
  for (const pending of [rally, spin]) for (let look = 0; look < 3; look++) assert.is(stand(pending), 'not ready')
  assert.is(stand(world.scheduler.spawn(() => ready(world.readiness.open()))), 'not ready')
})

test('coroutines that can always go on let the others have their turn', () => {
  const world = fixture()
  restless(world)
  const other = world.scheduler.spawn(function* () {
    return 'heard'
  })
  assert.is(other.wait(), 'heard')
  const [first, second] = [world.readiness.open(), world.readiness.open()]
  const slow = world.scheduler.spawn(function* () {
    yield* ready(first)
    world.readiness.settle(second)
    yield* ready(second)
    return 'heard too'
  })
  slow.poll()
  world.readiness.settle(first)
  assert.is(slow.wait(), 'heard too')
})

for (const which of ['rally', 'spin'] as const) {
  test(`coroutines that can always go on do not keep the event loop from going on: a ${which}`, async () => {
    const world = fixture()
    const awaited = restless(world)[which]
    const failure = failureOf(awaited)
    await new Promise((resolve) => setImmediate(resolve))
    awaited.cancel('enough')
    assert.is(((await failure) as Error).cause, 'enough')
  })
}

test.run()
