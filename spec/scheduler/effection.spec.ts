/** Effection in a coroutine, and handles in Effection programs: foreign effects are adopted. */

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  action,
  call,
  createChannel,
  createContext,
  type Effect,
  each,
  type Operation,
  run,
  type Scope,
  sleep,
  spawn,
  until,
  useScope,
  withResolvers,
} from 'effection'
import { api } from 'effection/experimental'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError, InvalidArgumentError, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

function countTasks(scope: Scope): () => number {
  let count = 0
  scope.around(api.Scope, {
    create(args, next) {
      count++
      return next(...args)
    },
  })
  return () => count
}

test('a coroutine that only yields readiness creates no Effection task, whatever drives it', async () => {
  const { readiness, scheduler } = fixture()
  const tasks = countTasks(scheduler.scope)
  const handle = readiness.open()
  const leader = scheduler.spawn(() => ready(handle))
  const waiters = [0, 1].map(() => scheduler.spawn(() => leader))
  const cancelled = scheduler.spawn(() => ready(readiness.open()))
  scheduler.turn()
  cancelled.cancel()
  readiness.settle(handle)
  await Promise.all(waiters)
  assert.is(tasks(), 0)
  scheduler.spawn(() => useScope()).poll()
  assert.ok(tasks() > 0, 'one that yields a foreign effect does')
})

test('poll goes through foreign effects that need no event loop', () => {
  const { scheduler } = fixture()
  const Tide = createContext<string>('tide')
  const pending = scheduler.spawn(function* () {
    yield* Tide.set('high')
    const scope = yield* useScope()
    const child = yield* spawn(function* () {
      return `${yield* Tide.expect()} water`
    })
    const answer = yield* child
    yield* action<void>((resolve) => {
      resolve()
      return () => {}
    })
    return `${answer} ${scope.get(Tide)}`
  })
  assert.is(stand(pending), 'returned high water high')
  assert.is(scheduler.scope.get(Tide), undefined)
})

test('a coroutine sees the contexts of its scheduler, and its own contexts stay its own', () => {
  const { scheduler } = fixture()
  const Name = createContext<string>('name')
  scheduler.scope.set(Name, 'outer')
  const pendings = ['a', 'b'].map((name) =>
    scheduler.spawn(function* () {
      const before = yield* Name.expect()
      yield* Name.set(name)
      return `${before} ${yield* Name.expect()}`
    }),
  )
  assert.equal(pendings.map(stand), ['returned outer a', 'returned outer b'])
})

test('a coroutine may sleep, park on a handle, and await promises and calls in turn', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    yield* sleep(0)
    order.push('slept')
    yield* ready(handle)
    order.push('parked')
    order.push(yield* until(Promise.resolve('promised')))
    order.push(yield* call(async () => 'called'))
    return order.length
  })
  const answer = pending.then()
  assert.is(stand(pending), 'not ready')
  readiness.settle(handle)
  assert.is(await answer, 4)
  assert.equal(order, ['slept', 'parked', 'promised', 'called'])
})

test('a foreign effect that fails throws where it was yielded', async () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    try {
      yield* until(Promise.reject(new RangeError('foreign')))
    } catch (failure) {
      yield* sleep(0)
      return (failure as Error).message
    }
    return 'went on'
  })
  assert.is(await pending, 'foreign')
})

test('an effect whose enter throws, throws where it was yielded', () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    try {
      yield {
        description: 'broken',
        enter() {
          throw new RangeError('cannot enter')
        },
      }
    } catch (failure) {
      return (failure as Error).message
    }
    return 'went on'
  })
  assert.is(stand(pending), 'returned cannot enter')
})

test('streams, channels and nested scopes work in a coroutine as they do in a task', async () => {
  const { scheduler } = fixture()
  const channel = createChannel<number, void>()
  const started = withResolvers<void>()
  const reader = scheduler.spawn(function* () {
    const got: number[] = []
    const subscription = yield* channel
    started.resolve()
    for (;;) {
      const next = yield* subscription.next()
      if (next.done) return got.join()
      got.push(next.value)
    }
  })
  const looper = scheduler.spawn(function* () {
    let sum = 0
    for (const value of yield* each(channel)) {
      sum += value
      yield* each.next()
    }
    return sum
  })
  scheduler.turn()
  scheduler.turn()
  await run(function* () {
    yield* started.operation
    for (const value of [1, 2, 3]) yield* channel.send(value)
    yield* channel.close()
  })
  assert.is(await reader, '1,2,3')
  assert.is(await looper, 6)
})

test('cancelling while a foreign effect is under way halts it, once', () => {
  const { scheduler } = fixture()
  let undone = 0
  const pending = scheduler.spawn(() =>
    action<void>(() => () => {
      undone++
    }),
  )
  pending.poll()
  pending.cancel()
  pending.cancel()
  assert.is(undone, 1)
  assert.is(stand(pending), 'threw CancelledError')
})

function* perform(effect: Effect<void>): Operation<void> {
  yield effect
}

test('an undo that throws fails its own pending, and does not keep other coroutines from being cancelled', async () => {
  const { readiness, scheduler } = fixture()
  let unwound = 0
  const undo = () => {
    throw new RangeError('cannot undo')
  }
  const breaking = [action<void>(() => undo), { description: 'raw', enter: () => undo }].map((effect) =>
    scheduler.spawn(function* () {
      try {
        yield* 'enter' in effect ? perform(effect) : effect
      } finally {
        unwound++
      }
    }),
  )
  const bystander = scheduler.spawn(() => ready(readiness.open()))
  scheduler.turn()
  breaking[0]?.cancel()
  await scheduler[Symbol.asyncDispose]()
  assert.is(unwound, 2)
  assert.equal([...breaking, bystander].map(stand), ['threw RangeError', 'threw RangeError', 'threw CancelledError'])
})

test('an effect without an undo, or with an invalid result, throws where it was yielded', () => {
  const { scheduler } = fixture()
  const fate = (enter: (resolve: (result: unknown) => void) => unknown) =>
    scheduler.spawn(function* () {
      try {
        yield* perform({ description: 'half', enter } as never)
      } catch (failure) {
        return (failure as Error).name
      }
      return 'went on'
    })
  const withoutUndo = fate(() => undefined)
  const withoutResult = fate((resolve) => {
    resolve(undefined)
    return (exited: (result: unknown) => void) => exited({ ok: true })
  })
  assert.equal([withoutUndo, withoutResult].map(stand), Array(2).fill('returned NotAnEffectError'))
})

test('ready works in the scope of a scheduler and in tasks that a coroutine spawns, and nowhere else', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const task = scheduler.scope.run(function* () {
    yield* ready(handle)
    order.push('in the scope')
  })
  const pending = scheduler.spawn(function* () {
    const child = yield* spawn(function* () {
      yield* ready(handle)
      order.push('in a child')
    })
    yield* child
  })
  const answer = pending.then()
  assert.equal(order, [])
  readiness.settle(handle)
  await Promise.all([task, answer])
  assert.equal(order.sort(), ['in a child', 'in the scope'])
  assert.instance(await failureOf(run(() => ready(handle))), InvalidArgumentError)
  assert.instance(await failureOf(scheduler.scope.run(() => ready(99))), BadHandleError)
})

test('an Effection program goes on after a pending in the asynchronous context in which it waited, as after a promise', async () => {
  const { readiness, scheduler } = fixture()
  const client = new AsyncLocalStorage<string>()
  const handle = readiness.open()
  const shared = scheduler.spawn(() => ready(handle))
  const programs = ['a', 'b'].map((name) =>
    client.run(name, () =>
      run(function* () {
        yield* shared
        return client.getStore()
      }),
    ),
  )
  await microtasks()
  client.run('whoever settles', () => readiness.settle(handle))
  assert.equal(await Promise.all(programs), ['a', 'b'])
})

test('halting a task that waits for a handle leaves nobody parked', async () => {
  const { readiness, scheduler } = fixture()
  const task = scheduler.scope.run(() => ready(readiness.open()))
  await microtasks()
  assert.is(scheduler.waits().length, 1)
  await task.halt()
  assert.is(scheduler.waits().length, 0)
})

test.run()
