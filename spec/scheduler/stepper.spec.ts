/** One step at a time: promises, and coroutines that call their own scheduler. */

import { type Operation, suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Pending, promised, ready, WouldDeadlockError } from '../../lib/scheduler/index.js'
import { failureOf, thrownBy } from '../kit/failures.js'
import { bare, fixture, microtasks, stand } from './fixture.js'

test('a promise yielded bare, or by promised, resumes with what it resolves to', async () => {
  const { scheduler } = fixture()
  assert.is(await scheduler.spawn(() => bare(Promise.resolve('bare'))), 'bare')
  assert.is(await scheduler.spawn(() => promised(Promise.resolve('promised'))), 'promised')
  assert.match(String(await failureOf(scheduler.spawn(() => bare(Promise.reject(new RangeError('no')))))), /no/)
  assert.match(String(await failureOf(scheduler.spawn(() => promised(Promise.reject(new RangeError('no')))))), /no/)
})

test('generator functions that are spawned share a prototype, to which nobody can add', () => {
  const { scheduler } = fixture()
  const closures = [1, 2].map(
    (value) =>
      function* () {
        return value
      },
  )
  assert.equal(
    closures.map((closure) => stand(scheduler.spawn(closure))),
    ['returned 1', 'returned 2'],
  )
  const [first, second] = closures.map(({ prototype }) => prototype)
  assert.is(first, second)
  assert.throws(() => Object.assign(first, { added: true }), TypeError)
})

test('a generator function that was given a prototype, or is frozen, keeps what it has', () => {
  const { scheduler } = fixture()
  function* given(): Operation<string> {
    return 'given'
  }
  given.prototype.own = 'own'
  const { prototype } = given
  assert.is(stand(scheduler.spawn(given)), 'returned given')
  assert.is(given.prototype, prototype)
  const frozen = Object.freeze(function* () {
    return 'frozen'
  })
  const before = frozen.prototype
  assert.is(stand(scheduler.spawn(frozen)), 'returned frozen')
  assert.is(frozen.prototype, before)
  const none = Object.assign(
    function* () {
      return 'none'
    },
    { prototype: null },
  )
  assert.is(stand(scheduler.spawn(none)), 'returned none')
  assert.is(none.prototype, null)
})

test('promised is an Effection operation as well', async () => {
  const { scheduler } = fixture()
  assert.is(await scheduler.scope.run(() => promised(Promise.resolve('in a task'))), 'in a task')
  assert.match(String(await failureOf(scheduler.scope.run(() => promised(Promise.reject(new Error('no')))))), /no/)
})

test('a promise that resolves while poll runs is not lost', async () => {
  const { scheduler } = fixture()
  let resolve: (value: string) => void = () => {}
  const promise = new Promise<string>((settle) => {
    resolve = settle
  })
  const waiter = scheduler.spawn(() => promised(promise))
  const other = scheduler.spawn(function* () {
    resolve('inside poll')
  })
  assert.is(stand(waiter), 'not ready')
  assert.is(stand(other), 'returned undefined')
  await microtasks()
  assert.is(stand(waiter), 'returned inside poll')
})

test('a coroutine that nobody drives takes what its promise brought at the next poll', async () => {
  const { scheduler } = fixture()
  const steps: string[] = []
  const pending = scheduler.spawn(function* () {
    steps.push(yield* promised(Promise.resolve('one')))
    steps.push(yield* promised(Promise.resolve('two')))
  })
  pending.poll()
  await microtasks()
  assert.equal(steps, [])
  pending.poll()
  assert.equal(steps, ['one'])
  await microtasks()
  assert.is(stand(pending), 'returned undefined')
})

test('a thenable may answer at once, and only its first answer counts', () => {
  const { readiness, scheduler } = fixture()
  let answerAgain: (value: unknown) => void = () => {}
  const twice = {
    then(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
      answerAgain = resolve
      resolve('first')
      resolve('second')
      reject(new Error('third'))
    },
  }
  const handle = readiness.open()
  const never = new Promise(() => {})
  const pending = scheduler.spawn(function* () {
    const answer = yield* bare(twice)
    yield* promised(never)
    yield* ready(handle)
    return answer
  })
  assert.is(stand(pending), 'not ready')
  answerAgain('much later')
  assert.is(stand(pending), 'not ready')
  pending.cancel()
})

test('a thenable whose then throws throws where it was yielded', () => {
  const { scheduler } = fixture()
  let undone = 0
  const pending = scheduler.spawn(function* () {
    try {
      yield* bare({
        then() {
          throw new RangeError('broken')
        },
      })
    } finally {
      undone++
    }
  })
  assert.is(stand(pending), 'threw RangeError')
  assert.is(undone, 1)
})

test('a late answer of a thenable does not reach a cancelled coroutine', async () => {
  const { scheduler } = fixture()
  let answer: (value: unknown) => void = () => {}
  const heard: unknown[] = []
  const pending = scheduler.spawn(function* () {
    try {
      yield* bare({
        then(resolve: (value: unknown) => void) {
          answer = resolve
        },
      })
    } finally {
      answer('too late')
      heard.push(yield* promised(Promise.resolve('in time')))
    }
  })
  pending.poll()
  pending.cancel()
  assert.is(stand(pending), 'not ready')
  await microtasks()
  assert.is(stand(pending), 'threw CancelledError')
  assert.equal(heard, ['in time'])
})

test('a coroutine is never entered twice, whatever it calls on itself while it runs', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  let depth = 0
  let deepest = 0
  const me: Pending<string> = scheduler.spawn(function* () {
    for (let again = 0; again < 2; again++) {
      deepest = Math.max(deepest, ++depth)
      assert.equal(me.poll(), { ready: false })
      assert.is(scheduler.turn(), 0)
      assert.instance(
        thrownBy(() => me.wait()),
        WouldDeadlockError,
      )
      me.then()
      depth--
      yield* ready(handle)
    }
    return 'once'
  })
  assert.is(stand(me), 'not ready')
  readiness.settle(handle)
  assert.is(stand(me), 'returned once')
  assert.is(deepest, 1)
})

test('a coroutine may spawn, poll, wait for and cancel others while it runs', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const parked = scheduler.spawn(() => ready(handle))
  const doomed = scheduler.spawn(() => suspend())
  const busy = scheduler.spawn(function* () {
    const inner = scheduler.spawn(function* () {
      yield* ready(handle)
      return 'inner'
    })
    assert.equal(inner.poll(), { ready: false })
    readiness.settle(handle)
    doomed.cancel()
    return [inner.wait(), stand(parked)].join()
  })
  scheduler.turn()
  assert.is(stand(busy), 'returned inner,returned undefined')
  assert.is(stand(doomed), 'threw CancelledError')
})

test('a listener that settles more handles, and polls, loses no coroutine', () => {
  const { readiness, scheduler } = fixture()
  const handles = Array.from({ length: 5 }, () => readiness.open())
  const order: number[] = []
  const pendings = handles.map((handle, i) =>
    scheduler.spawn(function* () {
      yield* ready(handle)
      order.push(i)
    }),
  )
  scheduler.turn()
  readiness.watch((handle) => {
    const next = handles[handles.indexOf(handle) + 1]
    if (next !== undefined) readiness.settle(next)
    pendings[0]?.poll()
  })
  readiness.settle(handles[0] as number)
  while (scheduler.turn() > 0);
  assert.equal(order.toSorted(), [0, 1, 2, 3, 4])
})

test('a coroutine that becomes able to move during a turn moves in a later one', () => {
  const { readiness, scheduler } = fixture()
  const handles = [readiness.open(), readiness.open()] as const
  scheduler.spawn(function* () {
    yield* ready(handles[1])
  })
  scheduler.spawn(function* () {
    yield* ready(handles[0])
    readiness.settle(handles[1])
    scheduler.spawn(function* () {})
  })
  assert.is(scheduler.turn(), 2)
  readiness.settle(handles[0])
  assert.equal([scheduler.turn(), scheduler.turn(), scheduler.turn()], [1, 2, 0])
})

test('a failure that only other coroutines saw, or that came after a cancel, is no unhandled rejection', async () => {
  const { readiness, scheduler } = fixture()
  let unhandled = 0
  const count = () => unhandled++
  process.on('unhandledRejection', count)
  const handle = readiness.open()
  const fails = () =>
    scheduler.spawn<never>(function* () {
      yield* ready(handle)
      throw new Error('seen by others only')
    })
  const seen = fails()
  const joiner = scheduler.spawn(function* () {
    yield* seen
  })
  const caught = failureOf(joiner)
  const rejecting = scheduler.spawn(() => promised(Promise.reject(new Error('after it was cancelled'))))
  rejecting.poll()
  rejecting.cancel()
  readiness.settle(handle)
  for await (const { status } of scheduler.asCompleted([seen, fails(), rejecting])) assert.is(status, 'rejected')
  await caught
  await scheduler[Symbol.asyncDispose]()
  await microtasks()
  process.off('unhandledRejection', count)
  assert.is(unhandled, 0)
})

test.run()
