/** A minimal source, with no more than `isReady`, `select` and `watch`, works under every driver. */

import { run } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Handle,
  promised,
  type Reaction,
  type Readiness,
  ready,
  Scheduler,
  WouldDeadlockError,
} from '../../lib/scheduler/index.js'
import { failureOf, thrownBy } from '../kit/failures.js'
import { stand, Timers, VirtualTime } from './fixture.js'

function* naps(timers: Timers, delays: readonly number[]) {
  for (const delayMs of delays) yield* ready(timers.after(delayMs))
  return delays.length
}

test('wait blocks on a minimal source', () => {
  const timers = new Timers()
  assert.is(new Scheduler(timers).spawn(() => naps(timers, [1, 2, 3])).wait(), 3)
})

test('await is woken by a minimal source', async () => {
  const timers = new Timers()
  assert.is(await new Scheduler(timers).spawn(() => naps(timers, [1, 2, 3])), 3)
})

test('yield* works with a minimal source, in a coroutine and in an Effection program', async () => {
  const timers = new Timers()
  const scheduler = new Scheduler(timers)
  const pending = scheduler.spawn(() => naps(timers, [1, 1]))
  assert.is(scheduler.spawn(() => pending).wait(), 2)
  assert.is(await run(() => scheduler.spawn(() => naps(timers, [1]))), 1)
})

test('poll in a busy loop gets there through a coroutine that it depends on, though no listener is ever called', () => {
  const time = new VirtualTime()
  const timers = new Timers(time)
  const scheduler = new Scheduler(timers)
  const leader = scheduler.spawn(() => naps(timers, [1, 1, 1]))
  const waiter = scheduler.spawn(() => leader)
  let polls = 0
  while (!waiter.poll().ready) {
    time.pass(1)
    assert.ok(++polls < 10)
  }
  assert.is(stand(leader), 'returned 3')
})

test('poll and turn let a source with react notice what is ready, and never block in it', () => {
  const asked: (number | undefined)[] = []
  let wake: (handle: Handle) => void = () => {}
  let tide: 'out' | 'in' = 'out'
  const source: Readiness = {
    isReady: () => tide === 'in',
    select: () => assert.unreachable() as never,
    watch(listener) {
      wake = listener
      return () => {}
    },
    react(timeoutMs): Reaction {
      asked.push(timeoutMs)
      if (tide === 'in') wake(7)
      return 'timeout'
    },
  }
  const scheduler = new Scheduler(source)
  const [polled, turned] = ['polled', 'turned'].map((how) =>
    scheduler.spawn(function* () {
      yield* ready(7)
      return how
    }),
  )
  assert.is(stand(polled!), 'not ready')
  scheduler.turn()
  tide = 'in'
  assert.is(stand(polled!), 'returned polled')
  scheduler.turn()
  assert.is(stand(turned!), 'returned turned')
  assert.ok(asked.length > 0 && asked.every((timeoutMs) => timeoutMs === 0))
})

test('turn moves each coroutine whose handle is ready, though no listener is ever called', () => {
  const time = new VirtualTime()
  const timers = new Timers(time)
  const scheduler = new Scheduler(timers)
  const pendings = Array.from({ length: 20 }, () => scheduler.spawn(() => naps(timers, [1])))
  assert.is(scheduler.turn(), 20)
  assert.is(scheduler.turn(), 0)
  time.pass(1)
  assert.is(scheduler.turn(), 20)
  assert.ok(pendings.every((pending) => stand(pending) === 'returned 1'))
})

test('looking for ready handles is the same work with 10,000 parked as with 100, and reaches all of them', () => {
  const asked = [100, 10_000].map((count) => {
    const time = new VirtualTime()
    const timers = new Timers(time)
    const scheduler = new Scheduler(timers)
    let woken = 0
    for (let i = 0; i < count; i++)
      scheduler.spawn(function* () {
        yield* ready(timers.after(1))
        woken++
      })
    scheduler.turn()
    timers.asked = 0
    scheduler.turn()
    const { asked } = timers
    time.pass(1)
    for (let turns = 0; woken < count; turns++) {
      scheduler.turn()
      assert.ok(turns < count)
    }
    return asked
  })
  assert.is(asked[0], asked[1])
})

test('select and completed block on a minimal source', () => {
  const timers = new Timers(new VirtualTime())
  const scheduler = new Scheduler(timers)
  const pendings = [30, 10, 20].map((delayMs) => scheduler.spawn(() => naps(timers, [delayMs])))
  assert.is(scheduler.select(pendings).index, 1)
  assert.equal(
    [...scheduler.completed(pendings)].map(({ index }) => index),
    [1, 2, 0],
  )
})

test('asCompleted is woken by a minimal source', async () => {
  const timers = new Timers()
  const scheduler = new Scheduler(timers)
  const seen = new Set<number>()
  for await (const { index } of scheduler.asCompleted([2, 1].map((ms) => scheduler.spawn(() => naps(timers, [ms])))))
    seen.add(index)
  assert.is(seen.size, 2)
})

test('a handle that goes bad without a word throws inside its coroutine, also when this thread blocks', () => {
  for (const drive of ['poll', 'wait'] as const) {
    const timers = new Timers(new VirtualTime())
    const scheduler = new Scheduler(timers)
    const doomed = timers.after(1_000)
    const pending = scheduler.spawn(function* () {
      try {
        yield* ready(doomed)
      } catch {
        yield* ready(timers.after(1))
        return 'caught'
      }
      return 'went on'
    })
    pending.poll()
    timers.forget(doomed)
    if (drive === 'wait') assert.is(scheduler.spawn(() => pending).wait(), 'caught')
    else {
      pending.poll()
      assert.is(pending.wait(), 'caught')
    }
  }
})

test('a source that no coroutine is parked on is not blocked on', () => {
  const timers = new Timers(new VirtualTime())
  const scheduler = new Scheduler(timers)
  const pending = scheduler.spawn(function* () {
    yield* naps(timers, [1, 1])
    yield* promised(new Promise(() => {}))
  })
  assert.instance(
    thrownBy(() => pending.wait()),
    WouldDeadlockError,
  )
})

test('wait throws what select of the source throws, and the pending goes on', () => {
  class Broken extends Timers {
    override select(): number {
      throw new RangeError('broken source')
    }
  }
  const timers = new Broken(new VirtualTime())
  const pending = new Scheduler(timers).spawn(() => naps(timers, [1]))
  assert.match(String(thrownBy(() => pending.wait())), /broken source/)
  assert.is(stand(pending), 'not ready')
})

test('an error of isReady that is no bad handle is thrown in the coroutine that asked', async () => {
  const source: Readiness = {
    isReady(): boolean {
      throw new RangeError('broken source')
    },
    select: () => -1,
    watch: () => () => {},
  }
  assert.match(String(await failureOf(new Scheduler(source).spawn(() => ready(1)))), /broken source/)
})

test('a source with react is never asked to select, and says itself when nothing can come', () => {
  const timers = new Timers(new VirtualTime())
  let reactions = 0
  let selects = 0
  let wake: (handle: Handle) => void = () => {}
  const source: Readiness = {
    isReady: (handle) => timers.isReady(handle),
    select() {
      selects++
      return -1
    },
    watch(listener) {
      wake = listener
      return () => {}
    },
    react(timeoutMs): Reaction {
      reactions++
      if (timeoutMs === 0) return 'timeout'
      if (reactions > 20) return 'never'
      timers.select([0], 1_000)
      wake(0)
      return 'ready'
    },
  }
  const scheduler = new Scheduler(source)
  const handle = timers.after(5)
  assert.is(scheduler.spawn(() => ready(handle)).wait(), undefined)
  assert.is(selects, 0)
  assert.ok(reactions > 0)
})

test('a scheduler that has closed no longer watches its source', async () => {
  let watching = 0
  const source: Readiness = {
    isReady: () => false,
    select: () => -1,
    watch() {
      watching++
      return () => watching--
    },
  }
  const scheduler = new Scheduler(source)
  assert.is(watching, 1)
  await scheduler[Symbol.asyncDispose]()
  assert.is(watching, 0)
})

test.run()
