/** Handles that go bad while a coroutine waits for them, and numbers that are given out again. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError, ready } from '../../lib/scheduler/index.js'
import { fixture, stand } from './fixture.js'

test('a bad handle throws inside the coroutine, which may catch it and go on', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  for (const bad of [99, -1, 0.5, Number.NaN, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 7, Number.POSITIVE_INFINITY]) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* ready(bad)
      } catch (failure) {
        assert.instance(failure, BadHandleError)
        assert.ok(Object.is((failure as BadHandleError).handle, bad))
      }
      yield* ready(handle)
    })
    assert.is(stand(pending), 'not ready')
    assert.is(pending.waitHandle, handle)
  }
})

test('a handle that is closed while coroutines wait for it throws inside each of them', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const caught: unknown[] = []
  const pendings = [0, 1].map(() =>
    scheduler.spawn(function* () {
      try {
        yield* ready(handle)
      } catch (failure) {
        caught.push(failure)
        throw failure
      }
    }),
  )
  scheduler.turn()
  readiness.close(handle)
  assert.is(scheduler.turn(), 2)
  assert.equal(pendings.map(stand), ['threw BadHandleError', 'threw BadHandleError'])
  assert.ok(caught.every((failure) => failure instanceof BadHandleError))
})

test('a handle that is closed and opened again under its number is not the one that was waited for', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(() => ready(handle))
  pending.poll()
  readiness.close(handle)
  assert.is(readiness.open(), handle)
  assert.is(stand(pending), 'threw BadHandleError')
})

test('a handle that is closed and opened again fails also a coroutine that was woken and has not moved yet', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const pending = scheduler.spawn(() => ready(handle))
  pending.poll()
  readiness.settle(handle)
  readiness.close(handle)
  assert.is(readiness.open(), handle)
  scheduler.turn()
  assert.is(stand(pending), 'threw BadHandleError')
})

test.run()
