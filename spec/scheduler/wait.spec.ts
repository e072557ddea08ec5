/** `wait` blocks its thread, and drives every coroutine meanwhile. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, ready, Scheduler, TimeoutError, WouldDeadlockError } from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { fixture, stand, Timers, VirtualTime } from './fixture.js'

test('wait drives every live coroutine: a leader and its waiter on one thread do not deadlock', () => {
  const timers = new Timers(new VirtualTime())
  const scheduler = new Scheduler(timers)
  const order: string[] = []
  const leader = scheduler.spawn(function* () {
    yield* ready(timers.after(20))
    order.push('leader')
    yield* ready(timers.after(20))
    return 'shared'
  })
  const bystander = scheduler.spawn(function* () {
    yield* ready(timers.after(10))
    order.push('bystander')
  })
  const waiter = scheduler.spawn(() => leader)
  assert.is(waiter.wait(), 'shared')
  assert.equal(order, ['bystander', 'leader'])
  assert.is(stand(bystander), 'returned undefined')
})

test('wait starts the coroutine that settles what it waits for', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(() => ready(handle))
  scheduler.spawn(function* () {
    readiness.settle(handle)
  })
  pending.wait()
})

test('wait gives up after timeoutMs, and the pending goes on', () => {
  const timers = new Timers()
  const scheduler = new Scheduler(timers)
  const handle = timers.after(1_000_000)
  const pending = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'late'
  })
  const failure = thrownBy(() => pending.wait({ timeoutMs: 2 }))
  assert.instance(failure, TimeoutError)
  assert.is((failure as TimeoutError).timeoutMs, 2)
  timers.due(handle)
  assert.is(pending.wait(), 'late')
})

test('wait with timeoutMs 0 does not block, and takes what is there', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(() => ready(handle))
  assert.instance(
    thrownBy(() => pending.wait({ timeoutMs: 0 })),
    TimeoutError,
  )
  readiness.settle(handle)
  assert.is(pending.wait({ timeoutMs: 0 }), undefined)
})

test('wait refuses an invalid timeout', () => {
  const { scheduler } = fixture()
  for (const timeoutMs of [-1, Number.NaN, Number.NEGATIVE_INFINITY])
    assert.instance(
      thrownBy(() => scheduler.spawn(() => ready(0)).wait({ timeoutMs })),
      InvalidArgumentError,
    )
})

test('wait is refused where only this thread could settle what it waits for, and the pending goes on', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(() => ready(handle))
  assert.instance(
    thrownBy(() => pending.wait()),
    WouldDeadlockError,
  )
  assert.instance(
    thrownBy(() => pending.wait({ timeoutMs: 1_000_000 })),
    WouldDeadlockError,
  )
  readiness.settle(handle)
  assert.is(pending.wait(), undefined)
})

test.run()
