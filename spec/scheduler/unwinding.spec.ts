/** A cancelled coroutine on its way out: its `finally` blocks run once and to their end, whatever is in them. */

import { once } from 'node:events'
import {
  type Effect,
  Err,
  ensure,
  type Operation,
  scoped,
  sleep,
  spawn,
  suspend,
  until,
  withResolvers,
} from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, type Pending, promised, ready } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { bare, fixture, microtasks, stand } from './fixture.js'

test('a parked coroutine that is cancelled runs its finally blocks at once, from the inside out, and never again', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      try {
        yield* ready(handle)
        order.push('went on')
      } finally {
        order.push('inner')
      }
    } finally {
      order.push('outer')
    }
  })
  pending.poll()
  pending.cancel()
  assert.equal(order, ['inner', 'outer'])
  pending.cancel()
  readiness.settle(handle)
  assert.is(scheduler.turn(), 0)
  assert.equal(order, ['inner', 'outer'])
})

test('a catch block does not see a cancel', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(handle)
    } catch {
      return 'caught'
    }
    return 'went on'
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'threw CancelledError')
})

test('a finally block that parks is finished before its coroutine is, and a second cancel does not cut it short', () => {
  const { readiness, scheduler } = fixture()
  const [never, gate] = [readiness.open(), readiness.open()]
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(never)
    } finally {
      order.push('begins')
      yield* ready(gate)
      order.push('ends')
    }
  })
  pending.poll()
  pending.cancel()
  pending.cancel()
  assert.is(stand(pending), 'not ready')
  assert.is(pending.waitHandle, gate)
  readiness.settle(gate)
  assert.is(stand(pending), 'threw CancelledError')
  assert.equal(order, ['begins', 'ends'])
})

test('a finally block may park on promises, foreign effects and other pendings', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* suspend()
    } finally {
      yield* promised(Promise.resolve())
      order.push('promise')
      yield* sleep(0)
      order.push('sleep')
      yield* scheduler.spawn(function* () {
        order.push('pending')
      })
    }
  })
  pending.poll()
  pending.cancel()
  assert.instance(await failureOf(pending), CancelledError)
  assert.equal(order, ['promise', 'sleep', 'pending'])
})

test('an awaited coroutine that begins another in its finally block ends after that', async () => {
  const { readiness, scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      yield* scheduler.spawn(function* () {})
    }
  })
  const failure = failureOf(pending)
  await microtasks()
  pending.cancel()
  await microtasks()
  assert.equal(scheduler.waits(), [])
  assert.instance(await failure, CancelledError)
})

test('a coroutine that cancels itself leaves no rejection of the next promise unhandled', async () => {
  const { scheduler } = fixture()
  let unhandled = 0
  const count = () => unhandled++
  process.on('unhandledRejection', count)
  const waits = [promised, bare] as const
  for (const wait of waits) {
    const pending: Pending<void> = scheduler.spawn(function* () {
      pending.cancel()
      yield* wait(Promise.reject(new RangeError('too late')))
    })
    assert.is(stand(pending), 'threw CancelledError')
  }
  await microtasks()
  process.off('unhandledRejection', count)
  assert.is(unhandled, 0)
})

test('a finally block that throws replaces the cancellation, and cancel itself does not throw', () => {
  const { readiness, scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      throw new RangeError('in the way out')
    }
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'threw RangeError')
})

test('a finally block that returns does not undo the cancellation', () => {
  const { readiness, scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      return 'nothing happened'
    }
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'threw CancelledError')
})

/** An effect whose undo takes until the gate is open, and then fails. */
function undoneLate(gate: Barrier, failed: Barrier): Effect<void> {
  return {
    description: 'something that is undone late',
    enter: () => (exited) => {
      gate.opened.then(() => {
        exited(Err(new RangeError('cannot undo')))
        failed.open()
      })
    },
  }
}

test('an undo that takes its time and fails replaces the cancellation, and the finally block that waits goes on', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  const waits: readonly ((over: Barrier) => Operation<void>)[] = [
    (over) => promised(over.opened),
    (over) => until(over.opened),
  ]
  for (const wait of waits) {
    const [gate, failed] = [new Barrier(), new Barrier()]
    const pending = scheduler.spawn(function* () {
      try {
        yield undoneLate(gate, failed)
      } finally {
        yield* wait(failed)
        yield* wait(failed)
        order.push('the block ends')
      }
    })
    pending.poll()
    pending.cancel()
    gate.open()
    assert.instance(await failureOf(pending), RangeError)
  }
  assert.equal(order, ['the block ends', 'the block ends'])
})

test('an undo that fails beside the failure that ends its inner scope becomes a warning', async () => {
  const { scheduler } = fixture()
  const warned = once(process, 'warning')
  const [end, gate, failed] = [new Barrier(), new Barrier(), new Barrier()]
  const pending = scheduler.spawn(function* () {
    try {
      yield* scoped(function* () {
        yield* spawn(function* () {
          yield* until(end.opened)
          throw new TypeError('ends the scope')
        })
        yield undoneLate(gate, failed)
      })
      return 'nothing'
    } catch (failure) {
      yield* promised(failed.opened)
      return (failure as Error).name
    }
  })
  const answer = pending.then()
  end.open()
  gate.open()
  assert.is(await answer, 'TypeError')
  const [warning] = await warned
  assert.equal([warning.name, warning.cause.name], ['TidewaitWarning', 'RangeError'])
})

test('a coroutine that has returned and waits for what it holds can still be cancelled', async () => {
  const { scheduler } = fixture()
  const gate = withResolvers<void>()
  const pending = scheduler.spawn(function* () {
    yield* ensure(() => gate.operation)
    return 'answer'
  })
  assert.is(stand(pending), 'not ready')
  pending.cancel('no more')
  pending.cancel('too late')
  assert.is(stand(pending), 'not ready')
  gate.resolve()
  assert.is(stand(pending), 'threw CancelledError')
  assert.is(((await failureOf(pending)) as Error).cause, 'no more')
})

test('a coroutine that has failed and waits for what it holds keeps its failure when it is cancelled', async () => {
  const { scheduler } = fixture()
  const gate = withResolvers<void>()
  const pending = scheduler.spawn(function* () {
    yield* ensure(() => gate.operation)
    throw new RangeError('its own')
  })
  assert.is(stand(pending), 'not ready')
  pending.cancel()
  gate.resolve()
  assert.is(stand(pending), 'threw RangeError')
})

test.run()
