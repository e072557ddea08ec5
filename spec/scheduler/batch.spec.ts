/** `completed` and `asCompleted`: many pendings, in the order they finish. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, promised, ready, Scheduler, WouldDeadlockError } from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { fixture, microtasks, several, stand, Timers, VirtualTime } from './fixture.js'

test('completed gives each pending as it finishes, failures too', () => {
  const timers = new Timers(new VirtualTime())
  const scheduler = new Scheduler(timers)
  const delays = [6, 2, 4]
  const pendings = delays.map((delayMs) =>
    scheduler.spawn(function* () {
      yield* ready(timers.after(delayMs))
      if (delayMs === 4) throw new RangeError('four')
      return delayMs
    }),
  )
  const heard = [...scheduler.completed(pendings)]
  assert.equal(
    heard.map((settled) => [settled.index, settled.status, settled.status === 'fulfilled' ? settled.value : 'failed']),
    [
      [1, 'fulfilled', 2],
      [2, 'rejected', 'failed'],
      [0, 'fulfilled', 6],
    ],
  )
  assert.ok(heard.every((settled) => settled.pending === pendings[settled.index]))
})

test('completed first gives the pendings that had finished before it began, in the order given', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 4)
  for (const i of [3, 1]) {
    given.readiness.settle(handles[i]!)
    pendings[i]!.poll()
  }
  const all = given.scheduler.completed(pendings)
  assert.equal(
    [all.next(), all.next()].map(({ value }) => (value as { index: number }).index),
    [1, 3],
  )
  assert.instance(
    thrownBy(() => all.next()),
    WouldDeadlockError,
  )
})

test('completed that is left early leaves the other pendings as they are', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 3)
  given.readiness.settle(handles[1]!)
  for (const { index } of given.scheduler.completed(pendings)) {
    assert.is(index, 1)
    break
  }
  assert.equal(pendings.map(stand), ['not ready', 'returned 1', 'not ready'])
})

test('completed and asCompleted of no pendings end at once, and refuse what is no pending', async () => {
  const { scheduler } = fixture()
  assert.equal([...scheduler.completed([])], [])
  for await (const _ of scheduler.asCompleted([])) assert.unreachable()
  assert.instance(
    thrownBy(() => scheduler.completed([Promise.resolve() as never])),
    InvalidArgumentError,
  )
  assert.instance(
    thrownBy(() => scheduler.asCompleted([Promise.resolve() as never])),
    InvalidArgumentError,
  )
})

test('asCompleted gives each pending as it finishes, on the event loop', async () => {
  const given = fixture()
  const { handles, pendings } = several(given, 3)
  const order: number[] = []
  const remaining = [0, 1]
  given.readiness.settle(handles[2]!)
  for await (const { index } of given.scheduler.asCompleted(new Set(pendings))) {
    order.push(index)
    const next = remaining.pop()
    if (next !== undefined) queueMicrotask(() => given.readiness.settle(handles[next]!))
  }
  assert.equal(order, [2, 1, 0])
})

test('asCompleted that is left early drives no pending any longer, and the others can still be polled', async () => {
  const given = fixture()
  const { handles, pendings } = several(given, 3)
  given.readiness.settle(handles[0]!)
  for await (const { index } of given.scheduler.asCompleted(pendings)) {
    assert.is(index, 0)
    break
  }
  let moved = false
  const bystander = given.scheduler.spawn(function* () {
    moved = true
  })
  given.readiness.settle(handles[1]!)
  await microtasks()
  assert.not(moved)
  assert.equal(pendings.map(stand), ['returned 0', 'returned 1', 'not ready'])
  bystander.cancel()
})

test('asCompleted that is left early leaves the event loop to others that await the same pendings', async () => {
  const given = fixture()
  const { handles, pendings } = several(given, 2)
  const values: number[] = []
  pendings[1]!.then((value) => values.push(value))
  given.readiness.settle(handles[0]!)
  for await (const { index } of given.scheduler.asCompleted(pendings)) {
    assert.is(index, 0)
    break
  }
  given.readiness.settle(handles[1]!)
  await microtasks()
  assert.equal(values, [1])
})

test('asCompleted hears of promises and of cancellation', async () => {
  const { scheduler } = fixture()
  const cancelled = scheduler.spawn(() => promised(new Promise<number>(() => {})))
  const answered = scheduler.spawn(() => promised(Promise.resolve(1)))
  const heard: string[] = []
  for await (const settled of scheduler.asCompleted([cancelled, answered])) {
    heard.push(`${settled.index} ${settled.status}`)
    cancelled.cancel()
  }
  assert.equal(heard, ['1 fulfilled', '0 rejected'])
})

test.run()
