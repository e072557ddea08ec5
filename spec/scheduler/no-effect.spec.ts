/** A yielded value that is no effect, or only half of one. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NotAnEffectError, ready } from '../../lib/scheduler/index.js'
import { bare, fixture, stand } from './fixture.js'

test('a yielded value that is no effect throws NotAnEffectError where it was yielded, and can be caught', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  for (const junk of [undefined, null, 0, 'text', Symbol('s'), {}, [], () => {}, bare(1), { enter: 1 }, { then: 1 }]) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* bare(junk)
      } catch (failure) {
        assert.instance(failure, NotAnEffectError)
        assert.is((failure as NotAnEffectError).yielded, junk)
        yield* ready(handle)
      }
    })
    assert.is(stand(pending), 'not ready')
    assert.is(pending.waitHandle, handle)
  }
})

test('the message of a NotAnEffectError shows plain values as a program writes them, and of what kind an object is', () => {
  const shown: [unknown, string][] = [
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [42n, '42n'],
    ['tide', "'tide'"],
    [Symbol('tide'), 'Symbol(tide)'],
    [function tide() {}, '[Function: tide]'],
    [bare(1), '[object Generator]'],
  ]
  for (const [value, text] of shown) assert.ok(new NotAnEffectError(value).message.startsWith(`yielded ${text}, which`))
})

test('a yielded value that is no effect, uncaught, fails its own pending and runs its finally blocks', () => {
  const { scheduler } = fixture()
  let undone = 0
  const pending = scheduler.spawn(function* () {
    try {
      yield* bare(42)
    } finally {
      undone++
    }
  })
  assert.is(stand(pending), 'threw NotAnEffectError')
  assert.is(undone, 1)
})

test('a yielded value that throws when it is looked at throws where it was yielded, and finally blocks run', () => {
  const { scheduler } = fixture()
  const fail = () => {
    throw new RangeError('do not look')
  }
  const looked: object[] = [
    Object.defineProperty({}, 'enter', { get: fail }),
    Object.defineProperty({}, 'then', { get: fail }),
    Object.defineProperty({ enter: fail }, 'description', { get: fail }),
    new Proxy({}, { has: fail }),
    new Proxy({}, { getPrototypeOf: fail }),
  ]
  let undone = 0
  for (const each of looked) {
    const pending = scheduler.spawn(function* () {
      try {
        yield* bare(each)
      } finally {
        undone++
      }
    })
    assert.is(stand(pending), 'threw RangeError')
  }
  assert.is(undone, looked.length)
})

test('an effect whose description is no text is performed, and is an effect in the wait graph', () => {
  const { scheduler } = fixture()
  for (const description of [undefined, Symbol('s'), { state: 'parked', handle: 3 }]) {
    const pending = scheduler.spawn(() => bare({ description, enter: () => (exited: () => void) => exited() }))
    assert.is(stand(pending), 'not ready')
    assert.equal(
      scheduler.waits().map(({ waitsFor }) => waitsFor),
      ['an effect'],
    )
    pending.cancel()
  }
})

test.run()
