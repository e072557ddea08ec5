/** The end of a scheduler: every coroutine is cancelled, teardown is awaited, and no new coroutine is taken. */

import { createScope, type Operation, run, sleep, spawn, suspend, until, useScope } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CancelledError, ClosedError, ManualReadiness, ready, Scheduler } from '../../lib/scheduler/index.js'
import { failureOf, thrownBy } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

test('closing a scheduler cancels every coroutine in every state, awaits their teardown, and takes no new ones', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const tracked = (name: string, wait: () => Operation<unknown>, teardown?: () => Operation<unknown>) =>
    scheduler.spawn(function* () {
      try {
        yield* wait()
      } finally {
        if (teardown) yield* teardown()
        order.push(name)
      }
    })
  const parked = tracked('parked', () => ready(readiness.open()))
  const queued = tracked('queued', () => ready(handle))
  const slow = tracked(
    'slow',
    () => ready(readiness.open()),
    () => sleep(0),
  )
  const foreign = tracked(
    'foreign',
    () => suspend(),
    () => sleep(0),
  )
  const promised = tracked('promised', () => until(new Promise(() => {})))
  const joined = tracked('joined', () => parked)
  scheduler.turn()
  readiness.settle(handle)
  const fresh = tracked('fresh', () => suspend())
  const finished = scheduler.spawn(function* () {
    return 'kept'
  })
  finished.poll()
  await scheduler[Symbol.asyncDispose]()
  assert.equal(order.toSorted(), ['foreign', 'joined', 'parked', 'promised', 'queued', 'slow'])
  for (const pending of [parked, queued, slow, foreign, promised, joined, fresh])
    assert.is(stand(pending), 'threw CancelledError')
  assert.instance((thrownBy(() => fresh.poll()) as CancelledError).cause, ClosedError)
  assert.is(stand(finished), 'returned kept')
  assert.instance(
    thrownBy(() => scheduler.spawn(() => suspend())),
    ClosedError,
  )
  await scheduler[Symbol.asyncDispose]()
})

test('a scheduler refuses spawn from the moment it is closed, also inside a task that has yet to come to rest', async () => {
  const { scheduler } = fixture()
  scheduler.spawn(() => suspend()).poll()
  await run(function* () {
    const closed = scheduler[Symbol.asyncDispose]()
    assert.instance(
      thrownBy(() => scheduler.spawn(() => suspend())),
      ClosedError,
    )
    yield* until(closed)
  })
})

test('closing a scheduler from inside a coroutine ends that coroutine too, and awaits its teardown', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  let closed: Promise<void> | undefined
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(handle)
      closed = scheduler[Symbol.asyncDispose]()
      yield* ready(readiness.open())
    } finally {
      yield* sleep(0)
      order.push('torn down')
    }
  })
  scheduler.turn()
  readiness.settle(handle)
  scheduler.turn()
  await closed
  assert.equal(order, ['torn down'])
  assert.is(stand(pending), 'threw CancelledError')
})

test('closing a scheduler runs the finally blocks of a coroutine before it halts what that has spawned', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  scheduler
    .spawn(function* () {
      yield* spawn(function* () {
        try {
          yield* suspend()
        } finally {
          order.push('child')
        }
      })
      try {
        yield* suspend()
      } finally {
        order.push('finally')
      }
    })
    .poll()
  await scheduler[Symbol.asyncDispose]()
  assert.equal(order, ['finally', 'child'])
})

test('a scheduler ends with the scope that it was given', async () => {
  const [scope, end] = createScope()
  const readiness = new ManualReadiness()
  const scheduler = new Scheduler(readiness, { scope })
  let undone = 0
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      yield* sleep(0)
      undone++
    }
  })
  pending.poll()
  await end()
  assert.is(undone, 1)
  assert.is(stand(pending), 'threw CancelledError')
  assert.instance(
    thrownBy(() => scheduler.spawn(() => suspend())),
    ClosedError,
  )
})

test('a scheduler made in an Effection program that ends at once ends with it', async () => {
  const readiness = new ManualReadiness()
  const pending = await run(function* () {
    const scheduler = new Scheduler(readiness, { scope: yield* useScope() })
    const spawned = scheduler.spawn(() => ready(readiness.open()))
    spawned.poll()
    return { spawned }
  })
  await microtasks()
  assert.is(stand(pending.spawned), 'threw CancelledError')
})

test('a failing coroutine, a failing child and a failing task leave the scheduler open', async () => {
  const { scheduler } = fixture()
  const fails = function* (): Operation<never> {
    yield* sleep(0)
    throw new RangeError('fails')
  }
  await failureOf(scheduler.spawn(fails))
  await failureOf(
    scheduler.spawn(function* () {
      yield* spawn(fails)
      yield* suspend()
    }),
  )
  await failureOf(scheduler.scope.run(fails))
  assert.is(await scheduler.spawn(() => until(Promise.resolve('open'))), 'open')
})

test('a scheduler whose scope ends inside a busy Effection program waits for nothing on the event loop afterwards', async () => {
  await run(function* () {
    const [scope, end] = createScope(yield* useScope())
    const scheduler = new Scheduler(new ManualReadiness(), { scope })
    const pending = scheduler.spawn(suspend)
    pending.poll()
    assert.ok(scheduler.engine.needsEventLoop)
    yield* until(end())
    assert.instance(yield* until(failureOf(pending)), Error)
    assert.not(scheduler.engine.needsEventLoop)
  })
})

test.run()
