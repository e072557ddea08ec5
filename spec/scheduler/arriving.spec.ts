/** A coroutine that is told to leave while it arrives at what it waits for does not begin to wait there. */

import { action, ensure, type Operation, scoped, spawn, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Pending, promised, ready } from '../../lib/scheduler/index.js'
import { type Fixture, fixture, microtasks, stand } from './fixture.js'

/** Ways to wait that call `leave` before anybody has begun to wait. */
function waits({ readiness }: Fixture, leave: () => void, undone: string[]): Record<string, () => Operation<unknown>> {
  const handle = readiness.open()
  const isReady = readiness.isReady.bind(readiness)
  readiness.isReady = (asked) => {
    if (asked === handle) leave()
    return isReady(asked)
  }
  return {
    'a source': () => ready(handle),
    'a thenable': () => promised({ then: leave } as never),
    'an effect': () =>
      action<void>(() => {
        leave()
        return () => undone.push('effect')
      }),
    *'a child'() {
      yield* spawn(function* () {
        leave()
      })
      yield* suspend()
    },
    *'a child that fails'() {
      yield* spawn(function* () {
        throw new RangeError('at once')
      })
      yield* suspend()
    },
  }
}

test('a coroutine that is cancelled by what it arrives at, or by its child, leaves at once', () => {
  for (const name of ['a source', 'a thenable', 'an effect', 'a child', 'a child that fails']) {
    const it = fixture()
    const undone: string[] = []
    const wait = waits(it, () => pending.cancel(), undone)[name] as () => Operation<unknown>
    const pending: Pending<void> = it.scheduler.spawn(function* () {
      try {
        yield* wait()
      } finally {
        undone.push('finally')
      }
    })
    assert.is(stand(pending), name === 'a child that fails' ? 'threw RangeError' : 'threw CancelledError', name)
    assert.equal(undone, name === 'an effect' ? ['effect', 'finally'] : ['finally'], name)
    assert.equal(it.scheduler.waits(), [], name)
  }
})

test('a coroutine that is cancelled during the teardown of a failed inner scope hears of that failure, and goes no further', async () => {
  const { readiness, scheduler } = fixture()
  const [open, gate] = [readiness.open(), readiness.open()]
  readiness.settle(open)
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* scoped(function* () {
        yield* ensure(() => ready(gate))
        throw new RangeError('inner')
      })
    } catch (failure) {
      order.push((failure as Error).message)
      yield* ready(open)
      order.push('went on')
    }
  })
  assert.is(stand(pending), 'not ready')
  pending.cancel()
  readiness.settle(gate)
  await microtasks()
  assert.is(stand(pending), 'threw CancelledError')
  assert.equal(order, ['inner'])
})

test('when a child fails during the teardown of a nested scope, the outer scope is left after that, also from a handle', async () => {
  const { readiness, scheduler } = fixture()
  const [gate, blow, handle] = [readiness.open(), readiness.open(), readiness.open()]
  const order: string[] = []
  const teardown = function* () {
    yield* ready(gate)
    throw new RangeError('teardown')
  }
  const pending = scheduler.spawn(function* () {
    try {
      yield* scoped(function* () {
        yield* spawn(function* () {
          yield* ready(blow)
          throw new RangeError('child')
        })
        try {
          yield* scoped(() => ensure(teardown))
        } catch (failure) {
          order.push((failure as Error).message)
        }
        yield* ready(handle)
        order.push('went on')
      })
    } catch (failure) {
      return (failure as Error).message
    }
    return 'went on'
  })
  assert.is(stand(pending), 'not ready')
  readiness.settle(blow)
  await microtasks()
  pending.poll()
  readiness.settle(gate)
  await microtasks()
  readiness.settle(handle)
  assert.is(stand(pending), 'returned child')
  assert.equal(order, ['teardown'])
})

test.run()
