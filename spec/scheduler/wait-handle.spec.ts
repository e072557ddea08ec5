/** What a pending says it waits for. */

import { sleep } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Coroutine } from '../../lib/scheduler/coroutine.js'
import { type Pending, promised, ready, Scheduler } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { fixture, microtasks, stand } from './fixture.js'

test('waitHandle names what a pending is parked on, and is ready once the pending can move or has finished', () => {
  const { readiness, scheduler } = fixture()
  const [first, second] = [readiness.open(), readiness.open()]
  const pending = scheduler.spawn(function* () {
    yield* ready(first)
    yield* ready(second)
  })
  assert.ok(scheduler.isReady(pending.waitHandle), 'fresh')
  pending.poll()
  assert.is(pending.waitHandle, first)
  assert.not(scheduler.isReady(pending.waitHandle))
  readiness.settle(first)
  assert.ok(scheduler.isReady(pending.waitHandle), 'queued')
  pending.poll()
  assert.is(pending.waitHandle, second)
  assert.not(scheduler.isReady(pending.waitHandle))
  readiness.settle(second)
  pending.poll()
  assert.ok(scheduler.isReady(pending.waitHandle), 'finished')
})

/** Numbers that V8 keeps in place; where one is larger, a field of that name becomes a box in every object that has it. */
test('waitHandle is a small integer that the scheduler understands, and so is the handle that a coroutine keeps', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const barrier = new Barrier()
  function* nothing() {}
  const pendings: Record<string, Pending<void>> = {
    parked: scheduler.spawn(() => ready(handle)),
    joining: scheduler.spawn(() => pendings['parked'] as Pending<void>),
    promised: scheduler.spawn(() => promised(barrier.opened)),
    sleeping: scheduler.spawn(() => sleep(1_000_000)),
    finished: scheduler.spawn(nothing),
    circular: scheduler.spawn(() => pendings['circular2'] as Pending<void>),
    circular2: scheduler.spawn(() => pendings['circular'] as Pending<void>),
  }
  scheduler.turn()
  const fresh = scheduler.spawn(nothing)
  const handles = Object.entries({ ...pendings, fresh }).map(([name, { waitHandle }]) => [name, waitHandle] as const)
  for (const [name, waitHandle] of handles) {
    assert.is(waitHandle & 0x7fff_ffff, waitHandle, name)
    assert.is(scheduler.isReady(waitHandle), name === 'finished' || name === 'fresh', name)
  }
  for (const [name, pending] of Object.entries(pendings)) {
    const { handle } = pending as Coroutine<void>
    assert.is(handle | 0, handle, name)
  }
  const distinct = new Set(handles.filter(([name]) => !['joining', 'fresh'].includes(name)).map(([, number]) => number))
  assert.is(distinct.size, handles.length - 2)
  for (const pending of Object.values(pendings)) pending.cancel()
})

test('the waitHandle of a pending that waits for others is known to the source, and ready when the pending can go on', () => {
  const { readiness, scheduler } = fixture()
  const [first, second] = [readiness.open(), readiness.open()]
  const inner = scheduler.spawn(function* () {
    yield* ready(first)
    yield* ready(second)
    return 'in'
  })
  const middle = scheduler.spawn(() => inner)
  const outer = scheduler.spawn(() => middle)
  assert.is(stand(outer), 'not ready')
  for (const handle of [first, second]) {
    assert.is(outer.waitHandle, handle)
    assert.is(readiness.select([outer.waitHandle], 0), -1)
    readiness.settle(handle)
    assert.is(readiness.isReady(handle), true)
    assert.ok(scheduler.isReady(outer.waitHandle), 'what it waits for is queued')
    stand(outer)
  }
  assert.is(stand(outer), 'returned in')
})

test('a waitHandle may itself be waited for, whatever it stands for', async () => {
  const { scheduler } = fixture()
  const barrier = new Barrier()
  const pending = scheduler.spawn(() => promised(barrier.opened))
  pending.poll()
  const observer = scheduler.spawn(() => ready(pending.waitHandle))
  assert.is(stand(observer), 'not ready')
  barrier.open()
  await observer
  assert.is(stand(pending), 'returned undefined')
  assert.is(stand(scheduler.spawn(() => ready(pending.waitHandle))), 'returned undefined')
})

test('waitHandle is ready once the target or the promise that it stands for has finished, and not before', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(() => ready(handle))
  const waiter = scheduler.spawn(() => target)
  const barrier = Promise.resolve()
  const patient = scheduler.spawn(function* (): Generator<never, void, unknown> {
    yield barrier as never
  })
  scheduler.turn()
  assert.not(scheduler.isReady(waiter.waitHandle))
  assert.not(scheduler.isReady(patient.waitHandle))
  readiness.settle(handle)
  target.poll()
  assert.ok(scheduler.isReady(waiter.waitHandle))
  await microtasks()
  assert.ok(scheduler.isReady(patient.waitHandle))
})

test('once the wait is over, the number of a waitHandle stands for what the source knows by it', async () => {
  const scheduler = new Scheduler({ isReady: () => true, select: () => -1, watch: () => () => {} })
  const barrier = new Barrier()
  const pending = scheduler.spawn(() => promised(barrier.opened))
  pending.poll()
  const { waitHandle } = pending
  assert.not(scheduler.isReady(waitHandle))
  barrier.open()
  await pending
  assert.ok(scheduler.isReady(waitHandle))
})

test.run()
