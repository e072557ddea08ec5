/** `select`: the first of many pendings to finish. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Handle,
  InvalidArgumentError,
  ManualReadiness,
  type Pending,
  type Readiness,
  ready,
  Scheduler,
  TimeoutError,
  WouldDeadlockError,
} from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { fixture, several, stand, Timers } from './fixture.js'

test('select gives the lowest index that has finished, and the rest in order', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 4)
  given.scheduler.turn()
  given.readiness.settle(handles[3]!)
  given.readiness.settle(handles[1]!)
  const { index, value, rest } = given.scheduler.select(pendings)
  assert.is(index, 1)
  assert.is(value, 1)
  assert.equal(rest.length, 3)
  assert.ok(rest.every((pending, i) => pending === [pendings[0], pendings[2], pendings[3]][i]))
})

test('the losers of a select go on untouched, and can be selected again', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 3)
  given.readiness.settle(handles[2]!)
  let { rest } = given.scheduler.select<number>(pendings)
  assert.equal(rest.map(stand), ['not ready', 'not ready'])
  const order = [2]
  for (const next of [1, 0]) {
    given.readiness.settle(handles[next]!)
    const selected = given.scheduler.select<number>(rest)
    order.push(selected.value)
    rest = selected.rest
  }
  assert.equal(order, [2, 1, 0])
  assert.equal(rest, [])
})

test('a winner of select that failed throws its failure, and the others stay usable', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 2)
  const failing = given.scheduler.spawn<number>(function* () {
    throw new RangeError('first to end')
  })
  assert.match(String(thrownBy(() => given.scheduler.select([...pendings, failing]))), /first to end/)
  given.readiness.settle(handles[0]!)
  assert.is(given.scheduler.select(pendings).index, 0)
})

test('the same pending may be given to select twice', () => {
  const given = fixture()
  const { handles, pendings } = several(given, 1)
  given.readiness.settle(handles[0]!)
  const { index, rest } = given.scheduler.select([pendings[0]!, pendings[0]!])
  assert.is(index, 0)
  assert.equal(rest.length, 1)
})

test('select looks for a finished pending when one has finished, and not whenever a coroutine moves', () => {
  const moves = 50
  const readiness = new ManualReadiness()
  const due: Handle[] = []
  const stepwise: Readiness = {
    isReady: (handle) => readiness.isReady(handle),
    select: (handles) => readiness.select(handles),
    watch: (listener) => readiness.watch(listener),
    react() {
      const next = due.shift()
      if (next === undefined) return 'never'
      readiness.settle(next)
      return 'ready'
    },
  }
  const scheduler = new Scheduler(stepwise)
  const mover = scheduler.spawn(function* () {
    for (let left = moves; left > 0; left--) {
      const handle = readiness.open()
      due.push(handle)
      yield* ready(handle)
    }
    return 'moved'
  })
  const waiting = scheduler.spawn(() => ready(readiness.open()))
  scheduler.turn()
  let looks = 0
  Object.defineProperty(waiting, 'finished', {
    get() {
      looks++
      return false
    },
  })
  assert.is(scheduler.select<unknown>([waiting, mover]).value, 'moved')
  assert.ok(looks <= 3, `${looks} looks for ${moves} moves`)
})

test('select refuses no pendings, more than 16,384, and pendings of another scheduler', () => {
  const given = fixture()
  const { pendings } = several(given, 1)
  const [pending] = pendings as [Pending<number>]
  const stranger = fixture().scheduler.spawn(function* () {
    return 1
  })
  for (const list of [[], new Array<Pending<number>>(16_385).fill(pending), [pending, stranger], [Promise.resolve(1)]])
    assert.instance(
      thrownBy(() => given.scheduler.select(list as Pending<number>[])),
      InvalidArgumentError,
    )
  const finished = given.scheduler.spawn(function* () {
    return 1
  })
  finished.poll()
  assert.is(given.scheduler.select(new Array(16_384).fill(finished)).index, 0)
})

test('select gives up after timeoutMs, or at once where it would block for ever', () => {
  const timers = new Timers()
  const scheduler = new Scheduler(timers)
  const handle = timers.after(1_000_000)
  const late = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'late'
  })
  assert.instance(
    thrownBy(() => scheduler.select([late], { timeoutMs: 1 })),
    TimeoutError,
  )
  assert.instance(
    thrownBy(() => scheduler.select([late], { timeoutMs: 0 })),
    TimeoutError,
  )
  timers.due(handle)
  assert.is(scheduler.select([late]).value, 'late')
  const given = fixture()
  assert.instance(
    thrownBy(() => given.scheduler.select(several(given, 2).pendings)),
    WouldDeadlockError,
  )
})

test('select lets other coroutines move meanwhile', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const waiter = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'moved'
  })
  scheduler.spawn(function* () {
    readiness.settle(handle)
  })
  assert.is(scheduler.select([waiter]).value, 'moved')
})

test.run()
