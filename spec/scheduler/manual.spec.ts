/** Readiness by hand: each listener is told once of each handle, and a bad handle is refused. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError, type Handle, ManualReadiness, Scheduler } from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'

test('settle and close of a bad handle throw and change nothing', () => {
  const readiness = new ManualReadiness()
  const handle = readiness.open()
  for (const bad of [handle + 1, -1, 0.5, Number.NaN]) {
    assert.instance(
      thrownBy(() => readiness.settle(bad)),
      BadHandleError,
    )
    assert.instance(
      thrownBy(() => readiness.close(bad)),
      BadHandleError,
    )
    assert.instance(
      thrownBy(() => readiness.isReady(bad)),
      BadHandleError,
    )
  }
  assert.not(readiness.isReady(handle))
  readiness.settle(handle)
  readiness.settle(handle)
  assert.ok(readiness.isReady(handle))
  readiness.close(handle)
  assert.instance(
    thrownBy(() => readiness.close(handle)),
    BadHandleError,
  )
})

test('what is no number is a bad handle, even where it could be taken for an open one', () => {
  const readiness = new ManualReadiness()
  const scheduler = new Scheduler(readiness)
  const handle = readiness.open()
  for (const given of [String(handle), [handle], true, null, 5n, Symbol('handle'), Object.create(null)]) {
    const bad = given as Handle
    for (const call of [
      () => readiness.settle(bad),
      () => readiness.close(bad),
      () => readiness.isReady(bad),
      () => readiness.select([bad], 0),
      () => scheduler.isReady(bad),
    ])
      assert.instance(thrownBy(call), BadHandleError)
  }
  assert.not(readiness.isReady(handle))
})

test('a listener that throws keeps no other listener from hearing, and no handle from being closed', () => {
  const readiness = new ManualReadiness()
  const heard: Handle[] = []
  readiness.watch(() => {
    throw new Error('not mine')
  })
  readiness.watch((handle) => heard.push(handle))
  const handle = readiness.open()
  assert.throws(() => readiness.settle(handle), /not mine/)
  assert.ok(readiness.isReady(handle))
  assert.throws(() => readiness.close(handle), /not mine/)
  assert.equal(heard, [handle, handle])
  assert.is(readiness.open(), handle)
})

test('listeners are told once of each handle that becomes ready, until they leave', () => {
  const readiness = new ManualReadiness()
  const heard: Handle[] = []
  const leave = readiness.watch((handle) => heard.push(handle))
  readiness.watch((handle) => heard.push(-handle))
  const [, a, b] = [readiness.open(), readiness.open(), readiness.open()]
  readiness.settle(a)
  readiness.settle(a)
  assert.equal(heard, [1, -1])
  leave()
  leave()
  readiness.settle(b)
  assert.equal(heard, [1, -1, -2])
})

test('select gives the lowest ready index, allows duplicates, and refuses to block', () => {
  const readiness = new ManualReadiness()
  const [a, b, c] = [readiness.open(), readiness.open(), readiness.open()]
  assert.is(readiness.select([a, b], 0), -1)
  assert.match(String(thrownBy(() => readiness.select([a, b]))), /WouldDeadlockError/)
  readiness.settle(c)
  readiness.settle(b)
  assert.is(readiness.select([a, b, c, b]), 1)
  assert.is(readiness.select([b, b]), 0)
  assert.is(readiness.select([], 1), -1)
  assert.match(String(thrownBy(() => readiness.select([]))), /InvalidArgumentError/)
  assert.match(String(thrownBy(() => readiness.select([], 0))), /InvalidArgumentError/)
  assert.match(String(thrownBy(() => readiness.select([b, 99]))), /BadHandleError/)
})

test.run()
