/** The drivers may be called inside tasks of an Effection program, whose own tasks stand still meanwhile. */

import { action, all, createContext, type Operation, run, scoped, sleep, spawn, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WouldDeadlockError } from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

/** Effects of every kind that need no event loop. */
function* busy(name: string) {
  const Tide = createContext<string>('tide')
  yield* Tide.set(name)
  const children = yield* all([Tide.expect(), scoped(() => Tide.expect())])
  const child = yield* spawn(() => Tide.expect())
  return [...children, yield* child].join()
}

test('poll, wait and turn go through foreign effects inside a task of an Effection program as well', async () => {
  const { scheduler } = fixture()
  await run(function* () {
    assert.is(stand(scheduler.spawn(() => busy('a'))), 'returned a,a,a')
    assert.is(scheduler.spawn(() => busy('b')).wait(), 'b,b,b')
    const turned = scheduler.spawn(() => busy('c'))
    scheduler.turn()
    assert.is(scheduler.select([turned]).value, 'c,c,c')
    assert.is(yield* scheduler.spawn(() => busy('d')), 'd,d,d')
  })
})

test('poll and wait go through foreign effects inside a task that a coroutine has spawned, however deep', () => {
  const { scheduler } = fixture()
  const nested = (depth: number): Operation<string> => ({
    *[Symbol.iterator]() {
      const child = yield* spawn(function* () {
        if (depth === 0) return yield* busy('deep')
        return scheduler.spawn(() => nested(depth - 1)).wait()
      })
      return yield* child
    },
  })
  assert.is(stand(scheduler.spawn(() => nested(4))), 'returned deep,deep,deep')
})

test('a failure inside a task fails the coroutine that has spawned it, and not the program around it', async () => {
  const { scheduler } = fixture()
  const failing = () =>
    scheduler.spawn(function* () {
      yield* spawn(function* () {
        throw new RangeError('inner')
      })
      yield* suspend()
    })
  await run(function* () {
    assert.is(stand(failing()), 'threw RangeError')
    const kept = failing()
    try {
      yield* kept
    } catch (failure) {
      assert.instance(failure, RangeError)
    }
  })
})

test('waiting inside a task for what only the event loop can bring is refused, and the coroutine goes on', async () => {
  const { scheduler } = fixture()
  await run(function* () {
    const pending = scheduler.spawn(function* () {
      yield* sleep(0)
      return 'slept'
    })
    assert.instance(
      thrownBy(() => pending.wait()),
      WouldDeadlockError,
    )
    assert.is(yield* pending, 'slept')
  })
})

test('halting a task takes back the effects of the coroutine that it waits for', async () => {
  const { scheduler } = fixture()
  let undone = 0
  const task = run(function* () {
    yield* scheduler.spawn(() =>
      action<void>(() => () => {
        undone++
      }),
    )
  })
  await microtasks()
  await task.halt()
  assert.is(undone, 1)
  assert.equal(scheduler.waits(), [])
})

test.run()
