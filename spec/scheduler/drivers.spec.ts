/** The drivers of one coroutine: `poll`, `wait`, `then`, `yield*` and `turn`. */

import { type Operation, run, sleep } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ClosedError,
  InvalidArgumentError,
  type Pending,
  promised,
  ready,
  Scheduler,
  TimeoutError,
  WouldDeadlockError,
} from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf, fixture, microtasks, stand, Timers, thrownBy, VirtualTime } from './fixture.js'

test('spawn starts nothing', async () => {
  const { scheduler } = fixture()
  let calls = 0
  scheduler.spawn(function* () {
    calls++
  })
  await microtasks()
  assert.is(calls, 0)
})

test('poll, wait, then, yield* and turn each start a coroutine', async () => {
  const { scheduler } = fixture()
  const started: string[] = []
  const named = (name: string) =>
    scheduler.spawn(function* () {
      started.push(name)
      return name
    })
  assert.equal(named('poll').poll(), { ready: true, value: 'poll' })
  assert.is(named('wait').wait(), 'wait')
  named('then').then()
  assert.equal(started, ['poll', 'wait', 'then'])
  await run(() => named('yield*'))
  named('turn')
  scheduler.turn()
  assert.equal(started, ['poll', 'wait', 'then', 'yield*', 'turn'])
})

test('whichever driver comes, the answer is the same and the coroutine has run once', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const answer = { tide: 'in' }
  let runs = 0
  const pending = scheduler.spawn(function* () {
    yield* ready(handle)
    runs++
    return answer
  })
  assert.equal(pending.poll(), { ready: false })
  readiness.settle(handle)
  for (let again = 0; again < 2; again++) {
    assert.is(pending.wait(), answer)
    assert.is((pending.poll() as { value: unknown }).value, answer)
    assert.is(await pending, answer)
    assert.is(await run(() => pending), answer)
    assert.is(scheduler.spawn(() => pending).wait(), answer)
  }
  assert.is(scheduler.turn(), 0)
  assert.is(runs, 1)
})

test('a failure is given again by every driver, and is the same object', async () => {
  const { scheduler } = fixture()
  const failure = new Error('ebb')
  const pending = scheduler.spawn<never>(function* () {
    throw failure
  })
  for (let again = 0; again < 2; again++) {
    assert.is(
      thrownBy(() => pending.poll()),
      failure,
    )
    assert.is(
      thrownBy(() => pending.wait()),
      failure,
    )
    assert.is(await failureOf(pending), failure)
    assert.is(await failureOf(run(() => pending)), failure)
    assert.is(
      thrownBy(() => scheduler.spawn(() => pending).wait()),
      failure,
    )
  }
})

test('a failing coroutine settles no other', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const before = scheduler.spawn(function* () {
    yield* ready(handle)
    order.push('before')
  })
  const failing = scheduler.spawn(function* () {
    yield* ready(handle)
    order.push('failing')
    throw new Error('on its own')
  })
  const after = scheduler.spawn(function* () {
    yield* ready(handle)
    order.push('after')
  })
  scheduler.turn()
  readiness.settle(handle)
  assert.is(scheduler.turn(), 3)
  assert.equal(order, ['before', 'failing', 'after'])
  assert.equal([before, failing, after].map(stand), ['returned undefined', 'threw Error', 'returned undefined'])
})

test('undefined, falsy and thenable answers are answers', () => {
  const { scheduler } = fixture()
  for (const value of [undefined, null, 0, '', false, Number.NaN])
    assert.equal(
      scheduler
        .spawn(function* () {
          return value
        })
        .poll(),
      { ready: true, value },
    )
})

test('falsy failures are failures', async () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn<never>(function* () {
    throw undefined
  })
  assert.is(
    thrownBy(() => pending.poll()),
    undefined,
  )
  assert.is(await failureOf(pending), undefined)
})

test('waitHandle names what it is parked on, changes as it advances, and is ready once it can move or has finished', () => {
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

test('waitHandle is a 32-bit number that the scheduler understands, whatever the pending does', async () => {
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
    assert.is(waitHandle >>> 0, waitHandle, name)
    assert.is(scheduler.isReady(waitHandle), name === 'finished' || name === 'fresh', name)
  }
  const distinct = new Set(handles.filter(([name]) => !['joining', 'fresh'].includes(name)).map(([, number]) => number))
  assert.is(distinct.size, handles.length - 2)
  for (const pending of Object.values(pendings)) pending.cancel()
})

test('of a pending that waits for others, waitHandle is one the source understands, ready when it can go on', () => {
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

test('a waitHandle may be waited for, whatever it stands for', async () => {
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

test('waitHandle is ready when its target has finished, when its promise has, and not before', async () => {
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

test('turn moves everybody who can move, once each, in the order they became able, and says how many', () => {
  const { readiness, scheduler } = fixture()
  const handles = [readiness.open(), readiness.open(), readiness.open()] as const
  const order: number[] = []
  handles.forEach((handle, i) => {
    scheduler.spawn(function* () {
      yield* ready(handle)
      order.push(i)
    })
  })
  assert.is(scheduler.turn(), 3)
  assert.is(scheduler.turn(), 0)
  readiness.settle(handles[2])
  readiness.settle(handles[0])
  assert.is(scheduler.turn(), 2)
  assert.is(scheduler.turn(), 0)
  assert.equal(order, [2, 0])
})

test('poll goes as far as possible, through others it depends on', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const leader = scheduler.spawn(function* () {
    yield* ready(handle)
    return 'led'
  })
  const waiter = scheduler.spawn(() => leader)
  assert.is(stand(waiter), 'not ready')
  readiness.settle(handle)
  assert.is(stand(waiter), 'returned led')
})

test('one poll reaches the end of a chain of coroutines that spawn each other', () => {
  const { scheduler } = fixture()
  function* depth(left: number): Generator<never, number, never> {
    if (left === 0) return 0
    return 1 + (yield* scheduler.spawn(() => depth(left - 1)) as unknown as Generator<never, number, never>)
  }
  assert.is(stand(scheduler.spawn(() => depth(2_500))), 'returned 2500')
})

/** Spawns one that wakes another for ever, and is woken by it; and one that finds its handle ready for ever. */
function restless({ readiness, scheduler }: ReturnType<typeof fixture>): Record<'rally' | 'spin', Pending<void>> {
  const rally = scheduler.spawn(function* (): Operation<void> {
    let [mine, theirs] = [readiness.open(), readiness.open()]
    scheduler.spawn(function* () {
      for (;;) {
        yield* ready(theirs)
        readiness.close(theirs)
        theirs = readiness.open()
        readiness.settle(mine)
      }
    })
    for (;;) {
      readiness.settle(theirs)
      yield* ready(mine)
      readiness.close(mine)
      mine = readiness.open()
    }
  })
  const always = readiness.open()
  readiness.settle(always)
  const spin = scheduler.spawn(function* (): Operation<void> {
    for (;;) yield* ready(always)
  })
  return { rally, spin }
}

test('coroutines that can always go on do not keep poll from returning', () => {
  const world = fixture()
  const { rally, spin } = restless(world)
  for (const pending of [rally, spin]) for (let look = 0; look < 3; look++) assert.is(stand(pending), 'not ready')
  assert.is(stand(world.scheduler.spawn(() => ready(world.readiness.open()))), 'not ready')
})

test('coroutines that can always go on let the others have their turn', () => {
  const world = fixture()
  restless(world)
  const other = world.scheduler.spawn(function* () {
    return 'heard'
  })
  assert.is(other.wait(), 'heard')
  const [first, second] = [world.readiness.open(), world.readiness.open()]
  const slow = world.scheduler.spawn(function* () {
    yield* ready(first)
    world.readiness.settle(second)
    yield* ready(second)
    return 'heard too'
  })
  slow.poll()
  world.readiness.settle(first)
  assert.is(slow.wait(), 'heard too')
})

for (const which of ['rally', 'spin'] as const) {
  test(`coroutines that can always go on do not keep the event loop from going on: a ${which}`, async () => {
    const world = fixture()
    const awaited = restless(world)[which]
    const failure = failureOf(awaited)
    await new Promise((resolve) => setImmediate(resolve))
    awaited.cancel('enough')
    assert.is(((await failure) as Error).cause, 'enough')
  })
}

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

test('wait starts whoever settles what it waits for', () => {
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

test('a timeout that cannot be meant is refused', () => {
  const { scheduler } = fixture()
  for (const timeoutMs of [-1, Number.NaN, Number.NEGATIVE_INFINITY])
    assert.instance(
      thrownBy(() => scheduler.spawn(() => ready(0)).wait({ timeoutMs })),
      InvalidArgumentError,
    )
})

test('wait where only this thread could settle what it waits for is refused, and the pending goes on', () => {
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

test('microtasks drive while somebody awaits, and only then', async () => {
  const { readiness, scheduler } = fixture()
  const [a, b] = [readiness.open(), readiness.open()]
  const moved: string[] = []
  const awaited = scheduler.spawn(function* () {
    yield* ready(a)
    moved.push('awaited')
  })
  scheduler.spawn(function* () {
    yield* ready(b)
    moved.push('other')
  })
  scheduler.turn()
  readiness.settle(b)
  await microtasks()
  assert.equal(moved, [])
  const done = awaited.then(() => moved.push('answered'))
  await microtasks()
  assert.equal(moved, ['other'])
  readiness.settle(a)
  await done
  assert.equal(moved, ['other', 'awaited', 'answered'])
  const handle = readiness.open()
  const last = scheduler.spawn(() => ready(handle))
  last.poll()
  readiness.settle(handle)
  const next = scheduler.spawn(function* () {
    moved.push('next')
  })
  await microtasks()
  assert.not(moved.includes('next'))
  assert.is(stand(next), 'returned undefined')
})

test('several who await one pending get one answer, and it is driven once', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  let runs = 0
  const pending = scheduler.spawn(function* () {
    yield* ready(handle)
    return ++runs
  })
  const all = Promise.all([pending, pending.then((value) => value + 1), pending])
  readiness.settle(handle)
  assert.equal(await all, [1, 2, 1])
})

test('an awaited failure that is handled is no unhandled rejection', async () => {
  const { readiness, scheduler } = fixture()
  let unhandled = 0
  const count = () => unhandled++
  process.on('unhandledRejection', count)
  const handle = readiness.open()
  const failing = () =>
    scheduler.spawn(function* () {
      yield* ready(handle)
      throw new Error('handled')
    })
  const polled = failing()
  const awaited = failing()
  const caught = failureOf(awaited)
  const joined = failing()
  const joiner = scheduler.spawn(() => joined)
  const cancelled = failing()
  scheduler.turn()
  readiness.settle(handle)
  cancelled.cancel()
  scheduler.turn()
  scheduler.turn()
  assert.equal([polled, joiner, cancelled].map(stand), ['threw Error', 'threw Error', 'threw CancelledError'])
  await caught
  await microtasks()
  process.off('unhandledRejection', count)
  assert.is(unhandled, 0)
})

test('spawn of what is not a function is refused at once', () => {
  const { scheduler } = fixture()
  for (const junk of [undefined, null, 1, 'f', {}, ready(0)])
    assert.instance(
      thrownBy(() => scheduler.spawn(junk as never)),
      InvalidArgumentError,
    )
})

test('an operation function that throws, or returns no operation, fails its own pending only', () => {
  const { scheduler } = fixture()
  const throwing = scheduler.spawn<never>(() => {
    throw new ClosedError('the shop')
  })
  assert.is(stand(throwing), 'threw ClosedError')
  for (const junk of [undefined, null, 1, {}, Promise.resolve()])
    assert.is(stand(scheduler.spawn((() => junk) as never)), 'threw InvalidArgumentError')
})

test.run()
