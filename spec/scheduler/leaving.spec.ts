/** A coroutine that is cancelled with its owner and takes its time: the owner does not end before it, nor without its failure. */

import { type Operation, race, run, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handle, type Pending, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { type Fixture, fixture, microtasks, stand } from './fixture.js'

interface Slow extends Fixture {
  /** The slow coroutine cannot end before this is settled. */
  readonly gate: Handle
  readonly order: string[]
  start(failure?: Error): Pending<void>
}

function slow(): Slow {
  const { readiness, scheduler } = fixture()
  const gate = readiness.open()
  const order: string[] = []
  function* leave(failure: Error | undefined): Operation<void> {
    yield* ready(gate)
    order.push('slow has ended')
    if (failure !== undefined) throw failure
  }
  const start = (failure?: Error) =>
    scheduler.spawn(function* () {
      try {
        yield* suspend()
      } finally {
        yield* leave(failure)
      }
    })
  return { readiness, scheduler, gate, order, start }
}

test('a cancelled owner ends after the coroutine that it has started', () => {
  const { readiness, scheduler, gate, order, start } = slow()
  const owner = scheduler.spawn(function* () {
    try {
      yield* start()
    } finally {
      order.push('so has its owner')
    }
  })
  assert.is(stand(owner), 'not ready')
  owner.cancel()
  assert.is(stand(owner), 'not ready')
  readiness.settle(gate)
  assert.is(stand(owner), 'threw CancelledError')
  assert.equal(order, ['slow has ended', 'so has its owner'])
})

test('a cancelled owner, coroutine or task, goes no further behind the coroutine that it has started', async () => {
  const { readiness, scheduler, gate, order, start } = slow()
  function* inside(): Operation<void> {
    yield* start()
    order.push('went on')
  }
  function* owner(): Operation<void> {
    try {
      yield* inside()
      yield* ready(readiness.open())
    } finally {
      order.push('so has its owner')
    }
  }
  const coroutine = scheduler.spawn(owner)
  assert.is(stand(coroutine), 'not ready')
  coroutine.cancel()
  const task = run(owner)
  await microtasks()
  const halted = task.halt()
  readiness.settle(gate)
  assert.is(stand(coroutine), 'threw CancelledError')
  await halted
  assert.equal(order, ['slow has ended', 'so has its owner', 'slow has ended', 'so has its owner'])
})

test('a race ends after its losers have ended', async () => {
  const { readiness, scheduler, gate, order, start } = slow()
  const opened = readiness.open()
  const winner = scheduler.spawn(() => ready(opened))
  const won = run(function* () {
    yield* race([start(), winner])
    order.push('so has the race')
  })
  await microtasks()
  readiness.settle(opened)
  await microtasks()
  assert.equal(order, [])
  readiness.settle(gate)
  await won
  assert.equal(order, ['slow has ended', 'so has the race'])
})

test('a coroutine that fails on its way out fails its owner, be that a coroutine or a task', async () => {
  const { readiness, scheduler, gate, start } = slow()
  const coroutine = scheduler.spawn(() => start(new RangeError('on its way')))
  assert.is(stand(coroutine), 'not ready')
  coroutine.cancel()
  const task = run(() => start(new RangeError('on its way')))
  await microtasks()
  const halted = failureOf(task.halt())
  readiness.settle(gate)
  assert.is(stand(coroutine), 'threw RangeError')
  assert.match(String(await halted), /on its way/)
})

test('a coroutine that fails at once on its way out fails its owner through those in between', () => {
  const { scheduler } = fixture()
  const failing = () =>
    scheduler.spawn(function* () {
      try {
        yield* suspend()
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
        throw new RangeError('at once')
      }
    })
  const owner = scheduler.spawn(() => scheduler.spawn(failing))
  assert.is(stand(owner), 'not ready')
  owner.cancel()
  assert.is(stand(owner), 'threw RangeError')
})

test('a chain of 20,000 owners that is cancelled ends from its far end', () => {
  const { readiness, scheduler, gate, order, start } = slow()
  const line = (length: number): Pending<void> => (length === 0 ? start() : scheduler.spawn(() => line(length - 1)))
  const first = line(20_000)
  assert.is(stand(first), 'not ready')
  first.cancel()
  assert.is(stand(first), 'not ready')
  readiness.settle(gate)
  assert.is(stand(first), 'threw CancelledError')
  assert.equal(order, ['slow has ended'])
  assert.equal(scheduler.waits(), [])
})

test.run()
