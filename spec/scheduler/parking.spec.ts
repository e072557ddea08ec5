/** Parking on handles: level-triggered readiness, several on one handle, and handles of any number. */

import { suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handle, ManualReadiness, promised, type Readiness, ready, Scheduler } from '../../lib/scheduler/index.js'
import { fixture, stand } from './fixture.js'

/** Tokens that are taken: `isReady` tells whether any are left. */
class Tokens implements Readiness {
  readonly #listeners: ((handle: Handle) => void)[] = []
  readonly #left = new Map<Handle, number>()

  put(handle: Handle, count: number): void {
    this.#left.set(handle, (this.#left.get(handle) ?? 0) + count)
    for (const listener of this.#listeners) listener(handle)
  }

  take(handle: Handle): void {
    const left = this.#left.get(handle) ?? 0
    assert.ok(left > 0, 'nobody is told to take what is not there')
    this.#left.set(handle, left - 1)
  }

  isReady(handle: Handle): boolean {
    return (this.#left.get(handle) ?? 0) > 0
  }

  select(handles: readonly Handle[]): number {
    return handles.findIndex((handle) => this.isReady(handle))
  }

  watch(listener: (handle: Handle) => void): () => void {
    this.#listeners.push(listener)
    return () => {}
  }
}

test('a coroutine does not park on a handle that is ready already', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  readiness.settle(handle)
  const pending = scheduler.spawn(function* () {
    yield* ready(handle)
    yield* ready(handle)
    return 'level'
  })
  assert.equal(pending.poll(), { ready: true, value: 'level' })
})

test('one ready operation may be yielded many times, and by many coroutines', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const wait = ready(handle)
  const pendings = [0, 1].map(() =>
    scheduler.spawn(function* () {
      yield* wait
      yield* wait
    }),
  )
  scheduler.turn()
  readiness.settle(handle)
  scheduler.turn()
  assert.equal(pendings.map(stand), ['returned undefined', 'returned undefined'])
})

test('ready gives undefined to the coroutine that waits', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(function* () {
    return yield* ready(handle)
  })
  pending.poll()
  readiness.settle(handle)
  assert.is(pending.wait(), undefined)
})

test('several coroutines on one handle move in the order they came', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: number[] = []
  for (let i = 0; i < 5; i++)
    scheduler.spawn(function* () {
      yield* ready(handle)
      order.push(i)
    })
  assert.is(scheduler.turn(), 5)
  readiness.settle(handle)
  assert.is(scheduler.turn(), 5)
  assert.equal(order, [0, 1, 2, 3, 4])
})

test('when one coroutine consumes what a handle has, the others park again until there is more', () => {
  const tokens = new Tokens()
  const scheduler = new Scheduler(tokens)
  const got: number[] = []
  const takers = [0, 1, 2].map((i) =>
    scheduler.spawn(function* () {
      yield* ready(7)
      tokens.take(7)
      got.push(i)
    }),
  )
  scheduler.turn()
  tokens.put(7, 1)
  scheduler.turn()
  assert.equal(got, [0])
  assert.equal(takers.map(stand), ['returned undefined', 'not ready', 'not ready'])
  tokens.put(7, 2)
  scheduler.turn()
  assert.equal(got, [0, 1, 2])
})

test('a coroutine that is woken while its handle is not ready stays parked', () => {
  const tokens = new Tokens()
  const scheduler = new Scheduler(tokens)
  const pending = scheduler.spawn(() => ready(1))
  pending.poll()
  for (let i = 0; i < 3; i++) {
    tokens.put(1, 0)
    scheduler.turn()
    assert.is(stand(pending), 'not ready')
  }
  tokens.put(1, 1)
  assert.is(stand(pending), 'returned undefined')
})

test('some of several coroutines on a handle may be cancelled without the others noticing', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pendings = [0, 1, 2, 3].map(() => scheduler.spawn(() => ready(handle)))
  scheduler.turn()
  pendings[1]?.cancel()
  readiness.settle(handle)
  pendings[2]?.cancel()
  assert.is(scheduler.turn(), 2)
  const [left, gone] = ['returned undefined', 'threw CancelledError']
  assert.equal(pendings.map(stand), [left, gone, gone, left])
})

test('a coroutine that parks beside one woken in vain is woken with it', () => {
  const tokens = new Tokens()
  const scheduler = new Scheduler(tokens)
  const first = scheduler.spawn(() => ready(1))
  scheduler.turn()
  tokens.put(1, 1)
  tokens.take(1)
  const second = scheduler.spawn(() => ready(1))
  assert.is(stand(second), 'not ready')
  tokens.put(1, 1)
  assert.is(scheduler.turn(), 2)
  assert.equal([stand(first), stand(second)], ['returned undefined', 'returned undefined'])
})

test('a source may use every unsigned 32-bit number', () => {
  const tokens = new Tokens()
  const scheduler = new Scheduler(tokens)
  const handles = [0, 1, 5_000, 1_000_000, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 3, 2 ** 32 - 1]
  const joined = scheduler.spawn(() => ready(2 ** 31))
  const joiner = scheduler.spawn(() => joined)
  const pendings = handles.map((handle) => scheduler.spawn(() => ready(handle)))
  scheduler.turn()
  assert.equal(
    pendings.map((pending) => pending.waitHandle),
    handles,
  )
  for (const handle of handles.toReversed()) tokens.put(handle, 1)
  scheduler.turn()
  assert.ok(pendings.every((pending) => stand(pending) === 'returned undefined'))
  assert.is(stand(joiner), 'returned undefined')
})

test('sparse handles find their waiters, whether they came before or after the dense ones', () => {
  const readiness = new ManualReadiness()
  const scheduler = new Scheduler(readiness)
  const handles = Array.from({ length: 6_000 }, () => readiness.open())
  const order: number[] = []
  const park = (handle: Handle) =>
    scheduler.spawn(function* () {
      yield* ready(handle)
      order.push(handle)
    })
  park(5_000)
  scheduler.turn()
  for (const handle of handles) park(handle)
  scheduler.turn()
  for (const handle of handles) readiness.settle(handle)
  scheduler.turn()
  assert.is(order.length, 6_001)
  assert.equal([...order].sort((a, b) => a - b).slice(4_999, 5_003), [4_999, 5_000, 5_000, 5_001])
})

test('settling one handle among 10,000 asks about that handle alone: readiness is pushed, not scanned', () => {
  class Counting extends ManualReadiness {
    asked: Handle[] = []
    override isReady(handle: Handle): boolean {
      this.asked.push(handle)
      return super.isReady(handle)
    }
  }
  const readiness = new Counting()
  const scheduler = new Scheduler(readiness)
  const handles = Array.from({ length: 10_000 }, () => readiness.open())
  for (const handle of handles) scheduler.spawn(() => ready(handle))
  scheduler.turn()
  readiness.asked = []
  readiness.settle(7_777)
  assert.is(scheduler.turn(), 1)
  assert.is(scheduler.turn(), 0)
  assert.equal([...new Set(readiness.asked)], [7_777])
  assert.ok(readiness.asked.length <= 2)
})

test('needsEventLoop tells whether a coroutine waits for a promise or an effect, which a handle is not', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const parked = scheduler.spawn(() => ready(handle))
  const joined = scheduler.spawn(() => parked)
  joined.poll()
  assert.not(scheduler.engine.needsEventLoop)
  const promise = scheduler.spawn(() => promised(Promise.resolve()))
  const effect = scheduler.spawn(() => suspend())
  scheduler.turn()
  assert.ok(scheduler.engine.needsEventLoop)
  effect.cancel()
  assert.ok(scheduler.engine.needsEventLoop)
  await promise
  assert.not(scheduler.engine.needsEventLoop)
  readiness.settle(handle)
  await joined
  assert.not(scheduler.engine.needsEventLoop)
})

test('needsEventLoop is false once the coroutine that waited for a promise was cancelled, though that never settles', () => {
  const { scheduler } = fixture()
  const waiting = scheduler.spawn(() => promised(new Promise(() => {})))
  waiting.poll()
  waiting.cancel()
  assert.not(scheduler.engine.needsEventLoop)
})

test.run()
