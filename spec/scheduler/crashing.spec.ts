/** A coroutine whose child has failed goes no further, runs its `finally` blocks, and ends when all it holds is torn down. */

import { once } from 'node:events'
import { ensure, type Operation, scoped, spawn, suspend, withResolvers } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handle, promised, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { type Fixture, fixture, microtasks, stand } from './fixture.js'

interface Crashing extends Fixture {
  readonly order: string[]
  /** Makes the child fail. */
  readonly blow: Handle
  /** The resource cannot be torn down before this is settled. */
  readonly gate: Handle
  /** A child that fails when it is told to, and a resource that takes its time to be torn down. */
  begin(): Operation<void>
}

function crashing(): Crashing {
  const { readiness, scheduler } = fixture()
  const order: string[] = []
  const [blow, gate] = [readiness.open(), readiness.open()]
  function* begin(): Operation<void> {
    yield* ensure(function* () {
      order.push('teardown begins')
      yield* ready(gate)
      order.push('teardown ends')
    })
    yield* spawn(() => failing(blow, 'child'))
  }
  return { readiness, scheduler, order, blow, gate, begin }
}

function* failing(blow: Handle, message: string): Operation<never> {
  yield* ready(blow)
  throw new RangeError(message)
}

/** What `operation` throws. */
function* box(operation: Operation<unknown>): Operation<Error> {
  try {
    yield* operation
  } catch (failure) {
    return failure as Error
  }
  return new Error('it did not fail')
}

test('a coroutine whose child has failed does not go on, though its handle becomes ready before all is torn down', async () => {
  const { readiness, scheduler, order, blow, gate, begin } = crashing()
  const handle = readiness.open()
  const pending = scheduler.spawn(function* () {
    yield* begin()
    try {
      yield* ready(handle)
      order.push('went on')
    } finally {
      order.push('finally')
    }
  })
  const failure = failureOf(pending)
  readiness.settle(blow)
  await microtasks()
  assert.equal(order, ['finally', 'teardown begins'])
  readiness.settle(handle)
  await microtasks()
  assert.is(stand(pending), 'not ready')
  readiness.settle(gate)
  assert.match(String(await failure), /child/)
  assert.equal(order, ['finally', 'teardown begins', 'teardown ends'])
})

test('when a child has failed, the finally blocks come first, and what they wait for is still there', async () => {
  const { readiness, scheduler, order, blow, gate, begin } = crashing()
  const asked = withResolvers<void>()
  const answered = withResolvers<string>()
  const pending = scheduler.spawn(function* () {
    yield* begin()
    yield* spawn(function* () {
      yield* asked.operation
      answered.resolve('a sibling answers')
      yield* suspend()
    })
    try {
      yield* suspend()
    } finally {
      asked.resolve()
      order.push(yield* answered.operation)
    }
  })
  const failure = failureOf(pending)
  readiness.settle(blow)
  readiness.settle(gate)
  assert.match(String(await failure), /child/)
  assert.equal(order, ['a sibling answers', 'teardown begins', 'teardown ends'])
})

test('when a child has failed, its siblings stand still until the finally blocks of the coroutine wait', async () => {
  const { readiness, scheduler, order, blow } = crashing()
  const pending = scheduler.spawn(function* () {
    const child = yield* spawn(() => failing(blow, 'child'))
    yield* spawn(function* () {
      order.push(`sibling: ${(yield* box(child)).message}`)
    })
    try {
      yield* ready(readiness.open())
    } finally {
      order.push('finally')
      yield* promised(Promise.resolve())
    }
  })
  const failure = failureOf(pending)
  await microtasks()
  readiness.settle(blow)
  await failure
  assert.equal(order, ['finally', 'sibling: child'])
})

test('a coroutine that nobody drives when its child fails stands still, and comes down by the next turn of any driver', async () => {
  const { scheduler, order } = crashing()
  const [blow, gate] = [withResolvers<void>(), withResolvers<void>()]
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      try {
        yield* gate.operation
        order.push('a sibling went on')
      } finally {
        order.push('a sibling ends')
      }
    })
    yield* spawn(function* () {
      yield* blow.operation
      throw new RangeError('child')
    })
    try {
      yield* suspend()
    } finally {
      order.push('finally')
    }
  })
  assert.is(stand(pending), 'not ready')
  blow.resolve()
  gate.resolve()
  await microtasks()
  assert.equal([order, scheduler.isReady(pending.waitHandle)], [[], true])
  scheduler.select([scheduler.spawn(function* () {})])
  assert.equal(order, ['finally', 'a sibling ends'])
  assert.is(stand(pending), 'threw RangeError')
})

test('a second child that fails does not call the coroutine away from its finally blocks, and replaces the first failure', async () => {
  const { readiness, scheduler, order, blow } = crashing()
  const [second, gate] = [readiness.open(), readiness.open()]
  const pending = scheduler.spawn(function* () {
    yield* spawn(() => failing(blow, 'first'))
    yield* spawn(() => failing(second, 'second'))
    try {
      yield* suspend()
    } finally {
      order.push('begins')
      yield* ready(gate)
      order.push('goes on')
      yield* ready(gate)
      order.push('ends')
    }
  })
  const failure = failureOf(pending)
  for (const each of [blow, second, gate]) {
    readiness.settle(each)
    await microtasks()
  }
  assert.match(String(await failure), /second/)
  assert.equal(order, ['begins', 'goes on', 'ends'])
})

test('cancelling a coroutine whose child has failed changes nothing', async () => {
  const { readiness, scheduler, order, blow, gate, begin } = crashing()
  const pending = scheduler.spawn(function* () {
    yield* begin()
    yield* suspend()
  })
  const failure = failureOf(pending)
  readiness.settle(blow)
  await microtasks()
  pending.cancel()
  readiness.settle(gate)
  assert.match(String(await failure), /child/)
  assert.equal(order, ['teardown begins', 'teardown ends'])
})

test('an error of the coroutine wins over a child that fails during the teardown, which becomes a warning', async () => {
  const { readiness, scheduler, blow, gate, begin } = crashing()
  const warned = once(process, 'warning')
  const pending = scheduler.spawn(function* () {
    yield* spawn(() => failing(blow, 'child'))
    yield* begin()
    throw new TypeError('its own')
  })
  const failure = failureOf(pending)
  readiness.settle(blow)
  await microtasks()
  readiness.settle(gate)
  assert.match(String(await failure), /its own/)
  const [warning] = await warned
  assert.equal([warning.name, warning.cause.message], ['TidewaitWarning', 'child'])
})

test('a child that fails during the teardown wins over an answer and over a cancel', async () => {
  for (const cancelled of [false, true]) {
    const { readiness, scheduler, blow, gate, begin } = crashing()
    const pending = scheduler.spawn(function* () {
      yield* spawn(() => failing(blow, 'child'))
      yield* begin()
      if (cancelled) yield* suspend()
      return 'answer'
    })
    const failure = failureOf(pending)
    assert.is(stand(pending), 'not ready')
    if (cancelled) pending.cancel()
    readiness.settle(blow)
    await microtasks()
    readiness.settle(gate)
    assert.match(String(await failure), /child/)
  }
})

test('a coroutine whose child fails while an inner scope is torn down waits for that, and goes no further', async () => {
  const { readiness, scheduler, order, blow, gate, begin } = crashing()
  const pending = scheduler.spawn(function* () {
    yield* spawn(() => failing(blow, 'outer child'))
    try {
      yield* scoped(begin)
      yield* ready(readiness.open())
      order.push('went on')
    } finally {
      order.push('finally')
    }
  })
  const failure = failureOf(pending)
  readiness.settle(blow)
  await microtasks()
  assert.equal(order, ['teardown begins'])
  readiness.settle(gate)
  assert.match(String(await failure), /outer child/)
  assert.equal(order, ['teardown begins', 'teardown ends', 'finally'])
})

test.run()
