/** Cancelling works in every state, exactly once, and harms no other coroutine. */

import { run, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, type Pending, promised, ready } from '../../lib/scheduler/index.js'
import type { Coroutine } from '../../lib/scheduler/internal.js'
import { failureOf, thrownBy } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

test('a fresh coroutine that is cancelled never starts', () => {
  const { scheduler } = fixture()
  let started = 0
  const pending = scheduler.spawn(function* () {
    started++
  })
  pending.cancel()
  assert.is(stand(pending), 'threw CancelledError')
  assert.is(scheduler.turn(), 0)
  assert.is(started, 0)
})

test('a cancelled pending fails every driver with the same CancelledError, whose cause is the reason', async () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(() => suspend())
  const reason = new Error('enough')
  pending.cancel(reason)
  const failure = thrownBy(() => pending.poll())
  assert.instance(failure, CancelledError)
  assert.is((failure as CancelledError).cause, reason)
  assert.is(
    thrownBy(() => pending.wait()),
    failure,
  )
  assert.is(await failureOf(pending), failure)
  assert.is(await failureOf(run(() => pending)), failure)
})

test('a coroutine that is failed from outside ends as by a cancel, with that failure, and with no later one', () => {
  const { readiness, scheduler } = fixture()
  const undone: string[] = []
  const reason = new Error('the tide is out')
  for (const start of ['fresh', 'parked'] as const) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* ready(readiness.open())
      } finally {
        undone.push(start)
      }
    }) as Coroutine<void>
    if (start === 'parked') assert.is(stand(pending), 'not ready')
    pending.fail(reason)
    pending.fail(new Error('too late'))
    pending.cancel()
    assert.is(
      thrownBy(() => pending.poll()),
      reason,
    )
  }
  assert.equal([undone, scheduler.waits()], [['parked'], []])
})

test('a cancel without a reason has no cause', () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(() => suspend())
  pending.cancel()
  assert.not('cause' in (thrownBy(() => pending.poll()) as object))
})

test('a queued coroutine that is cancelled does not go on', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  let wentOn = false
  let undone = 0
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(handle)
      wentOn = true
    } finally {
      undone++
    }
  })
  pending.poll()
  readiness.settle(handle)
  pending.cancel()
  assert.is(stand(pending), 'threw CancelledError')
  assert.is(scheduler.turn(), 0)
  assert.not(wentOn)
  assert.is(undone, 1)
})

test('a coroutine that cancels itself runs to its next yield, does not wait there, and ends cancelled', () => {
  const { readiness, scheduler } = fixture()
  const order: string[] = []
  const pending: Pending<void> = scheduler.spawn(function* () {
    try {
      pending.cancel()
      pending.cancel()
      order.push('still here')
      yield* ready(readiness.open())
      order.push('went on')
    } finally {
      order.push('finally')
    }
  })
  assert.is(stand(pending), 'threw CancelledError')
  assert.equal(order, ['still here', 'finally'])
})

test('a coroutine that cancels itself and then returns is cancelled, and one that then throws fails with its error', () => {
  const { scheduler } = fixture()
  const returning: Pending<string> = scheduler.spawn(function* () {
    returning.cancel()
    return 'unheard'
  })
  const throwing: Pending<string> = scheduler.spawn(function* () {
    throwing.cancel()
    throw new RangeError('heard')
  })
  assert.is(stand(returning), 'threw CancelledError')
  assert.is(stand(throwing), 'threw RangeError')
})

test('a coroutine that is cancelled while parked on a promise is not told how that settles', async () => {
  const { scheduler } = fixture()
  for (const settle of ['resolve', 'reject'] as const) {
    let finish: { resolve(): void; reject(reason: Error): void } | undefined
    const promise = new Promise<void>((resolve, reject) => {
      finish = { resolve, reject }
    })
    let undone = 0
    const pending = scheduler.spawn(function* () {
      try {
        yield* promised(promise)
      } finally {
        undone++
      }
    })
    pending.poll()
    pending.cancel()
    assert.is(undone, 1)
    finish?.[settle](new Error('nobody listens'))
    await microtasks()
    assert.is(stand(pending), 'threw CancelledError')
    assert.is(undone, 1)
  }
})

test('a coroutine that is cancelled while parked on a foreign effect undoes it before its finally blocks run', async () => {
  const { scheduler } = fixture()
  const order: string[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* {
        *[Symbol.iterator]() {
          yield {
            description: 'a foreign effect',
            enter: () => (exited: (result: { ok: true; value: undefined }) => void) => {
              order.push('undone')
              exited({ ok: true, value: undefined })
            },
          }
        },
      }
    } finally {
      order.push('finally')
    }
  })
  pending.poll()
  pending.cancel()
  assert.equal(order, ['undone', 'finally'])
  assert.is(stand(pending), 'threw CancelledError')
})

test('a cancelled coroutine leaves the one it waits for, which goes on if it was under way before', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const target = scheduler.spawn(() => ready(handle))
  target.poll()
  const waiter = scheduler.spawn(() => target)
  waiter.poll()
  waiter.cancel()
  assert.is(stand(waiter), 'threw CancelledError')
  readiness.settle(handle)
  assert.is(stand(target), 'returned undefined')
})

test('a coroutine that has finished keeps its answer when it is cancelled', () => {
  const { scheduler } = fixture()
  const pending = scheduler.spawn(function* () {
    return 'kept'
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'returned kept')
})

test('of several cancels, the first reason counts', () => {
  const { readiness, scheduler } = fixture()
  const gate = readiness.open()
  const pending = scheduler.spawn(function* () {
    try {
      yield* ready(readiness.open())
    } finally {
      yield* ready(gate)
    }
  })
  pending.poll()
  pending.cancel('first')
  pending.cancel('second')
  readiness.settle(gate)
  assert.is((thrownBy(() => pending.poll()) as CancelledError).cause, 'first')
})

test('coroutines that cancel each other end once each', () => {
  const { readiness, scheduler } = fixture()
  const [first, second] = [readiness.open(), readiness.open()]
  const order: string[] = []
  const a: Pending<void> = scheduler.spawn(function* () {
    try {
      yield* ready(first)
      b.cancel()
      order.push('a after cancelling b')
      yield* ready(second)
    } finally {
      order.push('a ends')
    }
  })
  const b: Pending<void> = scheduler.spawn(function* () {
    try {
      yield* ready(second)
    } finally {
      order.push('b ends')
      a.cancel()
    }
  })
  scheduler.turn()
  readiness.settle(first)
  scheduler.turn()
  assert.equal(order, ['b ends', 'a after cancelling b', 'a ends'])
  assert.equal([a, b].map(stand), ['threw CancelledError', 'threw CancelledError'])
})

test('cancelling from a listener of the source, while that source tells others, is safe', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pendings = [0, 1].map(() => scheduler.spawn(() => ready(handle)))
  scheduler.turn()
  readiness.watch(() => {
    for (const pending of pendings) pending.cancel()
  })
  readiness.settle(handle)
  assert.equal(pendings.map(stand), ['threw CancelledError', 'threw CancelledError'])
  assert.is(scheduler.turn(), 0)
})

test('Symbol.dispose cancels a pending', () => {
  const { readiness, scheduler } = fixture()
  const pending = scheduler.spawn(() => ready(readiness.open()))
  pending.poll()
  pending[Symbol.dispose]()
  assert.is(stand(pending), 'threw CancelledError')
})

test('a cancel is heard by those who await the pending, block for it, or join it', async () => {
  const { readiness, scheduler } = fixture()
  const target = scheduler.spawn(() => ready(readiness.open()))
  const joiner = scheduler.spawn(() => target)
  const awaited = failureOf(target)
  scheduler.turn()
  target.cancel()
  assert.is(stand(joiner), 'threw CancelledError')
  assert.instance(await awaited, CancelledError)
})

test('an operation that is no generator, and has no return, can be cancelled as well', () => {
  const { readiness, scheduler } = fixture()
  const pending = scheduler.spawn(() => ready(readiness.open()))
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'threw CancelledError')
})

test.run()
