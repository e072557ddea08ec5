/** Whichever driver comes, there is one coroutine, and one answer. */

import { run } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ClosedError, InvalidArgumentError, ready } from '../../lib/scheduler/index.js'
import { failureOf, thrownBy } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

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

test('undefined and falsy answers are answers', () => {
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

test('spawn refuses what is no function', () => {
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
