/** What a coroutine spawns in Effection: failures and ends of children, and the inner scopes they run in. */

import {
  all,
  ensure,
  type Operation,
  race,
  resource,
  scoped,
  sleep,
  spawn,
  suspend,
  until,
  withResolvers,
} from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { fixture, stand } from './fixture.js'

test('children are halted, and resources released, before the coroutine has its answer', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    yield* resource<number>(function* (provide) {
      try {
        yield* provide(1)
      } finally {
        yield* sleep(0)
        order.push('released')
      }
    })
    yield* spawn(function* () {
      try {
        yield* suspend()
      } finally {
        order.push('child halted')
      }
    })
    yield* ensure(() => {
      order.push('ensured')
    })
    yield* sleep(0)
    order.push('returns')
    return 'answer'
  })
  assert.is(await pending, 'answer')
  order.push('answered')
  assert.equal(order, ['returns', 'ensured', 'child halted', 'released', 'answered'])
})

test('a spawned child that fails fails its coroutine, wherever that is parked', async () => {
  const { readiness, scheduler } = fixture()
  const failing = function* () {
    yield* sleep(0)
    throw new RangeError('child')
  }
  const waits: (() => Operation<unknown>)[] = [
    () => suspend(),
    () => ready(readiness.open()),
    () => until(new Promise(() => {})),
    () => scheduler.spawn(() => suspend()),
  ]
  for (const wait of waits) {
    let undone = 0
    const pending = scheduler.spawn(function* () {
      try {
        yield* spawn(failing)
        yield* wait()
      } finally {
        undone++
      }
    })
    assert.match(String(await failureOf(pending)), /child/)
    assert.is(undone, 1)
  }
})

test('when a child has failed, the finally blocks of its coroutine can still wait for anything', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* spawn(function* () {
        yield* sleep(0)
        throw new RangeError('child')
      })
      yield* suspend()
    } finally {
      yield* sleep(0)
      order.push('slept')
      yield* until(Promise.resolve())
      order.push('awaited')
    }
  })
  assert.match(String(await failureOf(pending)), /child/)
  assert.equal(order, ['slept', 'awaited'])
})

test('a child that fails at once fails the coroutine at its next yield', () => {
  const { readiness, scheduler } = fixture()
  let wentOn = false
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      throw new RangeError('at once')
    })
    yield* ready(readiness.open())
    wentOn = true
  })
  assert.is(stand(pending), 'threw RangeError')
  assert.not(wentOn)
})

test('a child that fails while the answer of its coroutine is ready already still fails the coroutine', async () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    yield* resource<void>(function* (provide) {
      yield* spawn(function* () {
        yield* sleep(0)
        throw new RangeError('late')
      })
      try {
        yield* provide()
      } finally {
        yield* suspend()
      }
    })
    return 'unheard'
  })
  assert.match(String(await failureOf(pending)), /late/)
})

test('a failure in an inner scope can be caught where the scope was opened, and the coroutine goes on', async () => {
  const { scheduler } = fixture()
  const failing = function* (): Operation<never> {
    yield* sleep(0)
    throw new RangeError('inner')
  }
  const opened: (() => Operation<unknown>)[] = [
    () =>
      scoped(function* () {
        yield* spawn(failing)
        yield* suspend()
      }),
    () => all([suspend(), failing()]),
    () => race([suspend(), failing()]),
  ]
  for (const open of opened) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* open()
      } catch (failure) {
        yield* sleep(0)
        return `caught ${(failure as Error).message}`
      }
      return 'went on'
    })
    assert.is(await pending, 'caught inner')
  }
})

test('a failure in an inner scope reaches a coroutine parked on a handle in that scope', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(function* () {
    try {
      yield* scoped(function* () {
        yield* spawn(function* () {
          yield* sleep(0)
          throw new RangeError('inner')
        })
        yield* ready(handle)
      })
    } catch (failure) {
      return `caught ${(failure as Error).message}`
    }
    return 'went on'
  })
  assert.is(await pending, 'caught inner')
})

test('a coroutine that is cancelled inside an inner scope leaves it, with all that runs in it', async () => {
  const { readiness, scheduler } = fixture()
  const order: string[] = []
  const child = function* () {
    try {
      yield* suspend()
    } finally {
      order.push('child halted')
    }
  }
  const opened: (() => Operation<unknown>)[] = [
    () =>
      scoped(function* () {
        yield* spawn(child)
        yield* suspend()
      }),
    () =>
      scoped(function* () {
        yield* spawn(child)
        yield* ready(readiness.open())
      }),
    () => race([child(), suspend()]),
    () => all([child(), suspend()]),
  ]
  for (const open of opened) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* open()
      } finally {
        order.push('left')
      }
    })
    pending.poll()
    pending.cancel()
    assert.instance(await failureOf(pending), CancelledError)
    assert.equal(order.splice(0).sort(), ['child halted', 'left'])
  }
})

test('the teardown of an inner scope is not cut short by cancelling', async () => {
  const { scheduler } = fixture()
  const gate = withResolvers<void>()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* scoped(function* () {
        yield* resource<void>(function* (provide) {
          try {
            yield* provide()
          } finally {
            order.push('releasing')
            yield* gate.operation
            order.push('released')
          }
        })
      })
      yield* suspend()
      order.push('went on')
    } finally {
      order.push('left')
    }
  })
  pending.poll()
  assert.equal(order, ['releasing'])
  pending.cancel()
  assert.is(stand(pending), 'not ready')
  gate.resolve()
  assert.instance(await failureOf(pending), CancelledError)
  assert.equal(order, ['releasing', 'released', 'left'])
})

test('a cancelled coroutine has ended only when its children are gone', async () => {
  const { scheduler } = fixture()
  const gate = withResolvers<void>()
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      try {
        yield* suspend()
      } finally {
        yield* gate.operation
      }
    })
    yield* suspend()
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'not ready')
  gate.resolve()
  assert.is(stand(pending), 'threw CancelledError')
})

test('a child that fails in its finally block fails its coroutine', async () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      try {
        yield* suspend()
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
        throw new RangeError('on its way out')
      }
    })
    yield* sleep(0)
    return 'unheard'
  })
  assert.match(String(await failureOf(pending)), /on its way out/)
})

test.run()
