/** Blocking that would never end is refused by a WouldDeadlockError that says which coroutine waits for what. */

import { action, suspend, useScope } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ManualReadiness,
  type Pending,
  promised,
  ready,
  Scheduler,
  WouldDeadlockError,
} from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { fixture, stand, Timers } from './fixture.js'

function deadlock(pending: Pending<unknown>): WouldDeadlockError {
  const failure = thrownBy(() => pending.wait())
  assert.instance(failure, WouldDeadlockError)
  return failure as WouldDeadlockError
}

test('a cycle of yield* is told with the names of its functions', () => {
  const { scheduler } = fixture()
  const hen: Pending<void> = scheduler.spawn(function* hen() {
    yield* egg
  })
  const egg: Pending<void> = scheduler.spawn(function* egg() {
    yield* hen
  })
  const { message, waits } = deadlock(hen)
  assert.equal(waits, [
    { coroutine: 'hen', waitsFor: 'egg to finish' },
    { coroutine: 'egg', waitsFor: 'hen to finish' },
  ])
  assert.match(
    message,
    /^would block for ever on .+\n {2}hen waits for egg to finish\n {2}egg waits for hen to finish$/,
  )
})

test('a coroutine that waits for itself is found out', () => {
  const { scheduler } = fixture()
  const self: Pending<void> = scheduler.spawn(function* narcissus() {
    yield* self
  })
  assert.equal(deadlock(self).waits, [{ coroutine: 'narcissus', waitsFor: 'narcissus to finish' }])
  self.cancel()
  assert.is(stand(self), 'threw CancelledError')
})

test('the wait graph names each kind of wait', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  scheduler.spawn(function* onHandle() {
    yield* useScope()
    yield* ready(handle)
  })
  scheduler.spawn(function* onPromise() {
    yield* promised(new Promise(() => {}))
  })
  const foreign = scheduler.spawn(function* onEffect() {
    yield* action<void>(() => () => {}, 'low tide')
  })
  const { waits } = deadlock(foreign)
  const of = (name: string) => waits.find(({ coroutine }) => coroutine === name)?.waitsFor ?? 'nothing'
  assert.is(of('onHandle'), `handle ${handle}`)
  assert.is(of('onPromise'), 'a promise')
  assert.match(of('onEffect'), /low tide/)
})

test('a source may describe a handle in the wait graph', () => {
  class Named extends ManualReadiness {
    describe(): string {
      return 'the answer of example.org'
    }
  }
  const readiness = new Named()
  const pending = new Scheduler(readiness).spawn(function* fetcher() {
    yield* ready(readiness.open())
  })
  assert.equal(deadlock(pending).waits, [{ coroutine: 'fetcher', waitsFor: 'the answer of example.org' }])
})

test('waiting inside a running coroutine for one that waits for it is refused, and neither is harmed', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const running: Pending<string> = scheduler.spawn(function* outer() {
    const inner = scheduler.spawn(function* inner() {
      return yield* running
    })
    const { waits } = deadlock(inner)
    assert.equal(waits, [{ coroutine: 'inner', waitsFor: 'outer to finish' }])
    yield* ready(handle)
    return 'unharmed'
  })
  assert.is(stand(running), 'not ready')
  readiness.settle(handle)
  assert.is(stand(running), 'returned unharmed')
})

test('waiting for oneself is refused at once, even where the source could block', () => {
  const source = {
    isReady: () => false,
    select: () => assert.unreachable() as never,
    watch: () => () => {},
  }
  const scheduler = new Scheduler(source)
  scheduler.spawn(() => ready(1)).poll()
  const pending: Pending<void> = scheduler.spawn(function* impatient() {
    pending.wait()
  })
  assert.is(stand(pending), 'threw WouldDeadlockError')
})

test('a long wait graph is cut in the message and whole in the error', () => {
  const { readiness, scheduler } = fixture()
  const pendings = Array.from({ length: 50 }, () => scheduler.spawn(() => ready(readiness.open())))
  const { message, waits } = deadlock(pendings[0] as Pending<void>)
  assert.is(waits.length, 50)
  assert.is(message.split('\n').length, 22)
  assert.match(message, /and 30 more$/)
})

test('waits lists the coroutines that are parked, and no others', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  scheduler.spawn(function* parked() {
    yield* ready(handle)
  })
  const cancelled = scheduler.spawn(() => suspend())
  assert.equal(scheduler.waits(), [])
  scheduler.turn()
  cancelled.cancel()
  assert.equal(scheduler.waits(), [{ coroutine: 'parked', waitsFor: `handle ${handle}` }])
  readiness.settle(handle)
  assert.equal(scheduler.waits(), [], 'one that can move waits for nothing')
  scheduler.turn()
  assert.equal(scheduler.waits(), [])
})

test('when a source refuses to block, wait adds who waits, and keeps what the source said', () => {
  class Children extends Timers {
    override select(): number {
      throw new WouldDeadlockError('children that only the event loop hears of')
    }
  }
  const timers = new Children()
  const scheduler = new Scheduler(timers)
  const pending = scheduler.spawn(function* compiles() {
    yield* ready(timers.after(1_000))
  })
  const refusals = [deadlock(pending), thrownBy(() => scheduler.select([pending])) as WouldDeadlockError]
  for (const { message, waits } of refusals) {
    assert.equal(waits, [{ coroutine: 'compiles', waitsFor: 'handle 0' }])
    assert.is(
      message,
      'would block for ever on children that only the event loop hears of\n  compiles waits for handle 0',
    )
  }
})

test('when a source that refuses to block says itself who waits, wait adds nothing', () => {
  const refusal = new WouldDeadlockError('the tide', [{ coroutine: 'moon', waitsFor: 'the earth' }])
  class Tide extends Timers {
    override select(): number {
      throw refusal
    }
  }
  const timers = new Tide()
  assert.is(deadlock(new Scheduler(timers).spawn(() => ready(timers.after(1_000)))), refusal)
})

test('the wait graph tells a pending of another scheduler, which this one does not drive, from its own', () => {
  const [here, there] = [fixture(), fixture()]
  const target = there.scheduler.spawn(function* ebb() {
    yield* ready(there.readiness.open())
  })
  const pending = here.scheduler.spawn(function* flood() {
    yield* target
  })
  assert.equal(deadlock(pending).waits, [{ coroutine: 'flood', waitsFor: 'ebb to finish, in another scheduler' }])
})

test.run()
