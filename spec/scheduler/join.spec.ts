/** `yield* pending`: joining another coroutine, and owning the one that is started by it. */

import { type Operation, race, run, sleep, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, type Pending, ready, Scheduler } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

test('a coroutine that starts another by yield* owns it: when the owner is cancelled, so is the other', () => {
  const { readiness, scheduler } = fixture()
  let undone = 0
  const target = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      undone++
    }
  })
  const owner = scheduler.spawn(() => target)
  owner.poll()
  owner.cancel()
  assert.is(undone, 1)
  assert.is(stand(target), 'threw CancelledError')
})

test('a joiner that leaves before it has begun to wait, or leaves twice, has not waited', () => {
  const { readiness, scheduler } = fixture()
  const target = scheduler.spawn(() => ready(readiness.open()))
  const owner = scheduler.spawn(() => target)
  owner.poll()
  const leaver = target[Symbol.iterator]()
  for (let time = 0; time < 2; time++) assert.is(leaver.return?.().done, true)
  assert.is(stand(target), 'not ready')
  owner.cancel()
  assert.is(stand(target), 'threw CancelledError')
})

test('a joiner that leaves does not abort the others', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(() => ready(handle))
  const owner = scheduler.spawn(() => target)
  owner.poll()
  const waiters = [0, 1].map(() => scheduler.spawn(() => target))
  scheduler.turn()
  owner.cancel()
  waiters[0]?.cancel()
  readiness.settle(handle)
  assert.equal([target, ...waiters].map(stand), ['returned undefined', 'threw CancelledError', 'returned undefined'])
})

test('an owner that leaves does not abort a coroutine that somebody awaits', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'awaited'
  })
  const owner = scheduler.spawn(() => target)
  owner.poll()
  const answer = target.then()
  owner.cancel()
  readiness.settle(handle)
  assert.is(await answer, 'awaited')
})

test('owning goes down a chain of coroutines that start each other', () => {
  const { readiness, scheduler } = fixture()
  const order: string[] = []
  const chain = function* (names: readonly string[]): Operation<void> {
    const [name, ...others] = names
    try {
      if (name === undefined) yield* ready(readiness.open())
      else yield* scheduler.spawn(() => chain(others))
    } finally {
      order.push(name ?? 'leaf')
    }
  }
  const top = scheduler.spawn(() => chain(['top', 'middle']))
  top.poll()
  top.cancel()
  assert.equal(order, ['leaf', 'middle', 'top'])
})

test('joiners hear of the end of a coroutine in the order they came', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: number[] = []
  const target = scheduler.spawn(() => ready(handle))
  for (let i = 0; i < 4; i++)
    scheduler.spawn(function* () {
      yield* target
      order.push(i)
    })
  scheduler.turn()
  readiness.settle(handle)
  scheduler.turn()
  scheduler.turn()
  assert.equal(order, [0, 1, 2, 3])
})

test('one pending may be joined twice by the same coroutine', () => {
  const { scheduler } = fixture()
  const target = scheduler.spawn(function* () {
    return 2
  })
  const twice = scheduler.spawn(function* () {
    return (yield* target) + (yield* target)
  })
  assert.is(stand(twice), 'returned 4')
})

test('the failure of a joined coroutine can be caught', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn<string>(function* () {
    yield* ready(handle)
    throw new RangeError('caught')
  })
  const joiner = scheduler.spawn(function* () {
    try {
      return yield* target
    } catch (failure) {
      return (failure as Error).message
    }
  })
  assert.is(stand(joiner), 'not ready')
  readiness.settle(handle)
  assert.is(stand(joiner), 'returned caught')
})

test('a plain Effection program may join a pending, and halting it cancels what it has started', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'joined'
  })
  const task = run(() => target)
  await microtasks()
  assert.is(target.waitHandle, handle)
  readiness.settle(handle)
  assert.is(await task, 'joined')

  const other = scheduler.spawn(() => ready(readiness.open()))
  const halted = run(() => other)
  await microtasks()
  await halted.halt()
  assert.is(stand(other), 'threw CancelledError')
})

test('halting an Effection program leaves alone a coroutine that was under way before it came', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(() => ready(handle))
  target.poll()
  const task = run(() => target)
  await microtasks()
  await task.halt()
  readiness.settle(handle)
  assert.is(stand(target), 'returned undefined')
})

test('a race of pendings in an Effection program cancels the losers', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const loser = scheduler.spawn(() => suspend())
  const winner = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'won'
  })
  const task = run(() => race([loser, winner]))
  await microtasks()
  readiness.settle(handle)
  assert.is(await task, 'won')
  assert.instance(await failureOf(loser), CancelledError)
})

test('a coroutine of one scheduler may join one of another', async () => {
  const { readiness, scheduler } = fixture()
  const other = new Scheduler(readiness)
  const handle = readiness.open()
  const target = other.spawn(function* () {
    yield* ready(handle)
    yield* sleep(0)
    return 'from the other'
  })
  const joiner = scheduler.spawn(() => target)
  assert.is(stand(joiner), 'not ready')
  readiness.settle(handle)
  assert.is(await joiner, 'from the other')
})

test('a coroutine of one scheduler can move as soon as the one of another that it waits for has finished', () => {
  const [here, there] = [fixture(), fixture()]
  const handle = there.readiness.open()
  const target = there.scheduler.spawn(function* () {
    yield* ready(handle)
    return 'high'
  })
  const waiter = here.scheduler.spawn(() => target)
  assert.is(stand(waiter), 'not ready')
  there.readiness.settle(handle)
  assert.is(stand(target), 'returned high')
  assert.is(stand(waiter), 'returned high')
})

test('cancelling the first of 10,000 coroutines that own each other ends all of them, the last first', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const length = 10_000
  const ended: number[] = []
  const link = (place: number): Pending<void> =>
    scheduler.spawn(function* () {
      try {
        yield* place === length ? ready(handle) : link(place + 1)
      } finally {
        ended.push(place)
      }
    })
  const first = link(1)
  while (scheduler.turn() > 0);
  first.cancel()
  assert.is(ended.length, length)
  assert.equal([ended[0], ended.at(-1)], [length, 1])
  assert.equal(scheduler.waits(), [])
  assert.is(stand(first), 'threw CancelledError')
})

test('cancelling a chain of owned coroutines leaves alone one that somebody else waits for as well', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const begun: Pending<void>[] = []
  const middle = scheduler.spawn(function* () {
    const last = scheduler.spawn(() => ready(handle))
    begun.push(last)
    yield* last
  })
  const first = scheduler.spawn(() => middle)
  first.poll()
  const last = begun[0]!
  const other = scheduler.spawn(() => last)
  other.poll()
  first.cancel()
  assert.equal([first, middle, last, other].map(stand), [
    'threw CancelledError',
    'threw CancelledError',
    'not ready',
    'not ready',
  ])
})

test.run()
