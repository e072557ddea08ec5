/** `await` drives from the event loop. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { fixture, microtasks, stand } from './fixture.js'

test('microtasks drive a scheduler while somebody awaits one of its pendings, and only then', async () => {
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

test('a pending that is spawned while another is awaited begins by itself: the other may need what it does', async () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const answer = scheduler.spawn(() => ready(handle)).then(() => 'answered')
  await microtasks()
  scheduler.spawn(function* () {
    readiness.settle(handle)
  })
  assert.is(await Promise.race([answer, microtasks()]), 'answered')
})

test('several callers that await one pending get one answer, and it is driven once', async () => {
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

test('a pending that becomes able to move while nothing else does is answered from microtasks, for the 3,000th time too', async () => {
  const { readiness, scheduler } = fixture()
  let left = 3_000
  const passed = microtasks().then(() => left)
  for (; left > 0; left--) {
    const handle = readiness.open()
    const pending = scheduler.spawn(() => ready(handle))
    const answered = pending.then(() => {})
    readiness.settle(handle)
    await answered
    readiness.close(handle)
  }
  assert.is(await passed, 0)
})

test.run()
