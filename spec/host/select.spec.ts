/** `select` over the handles of a host gives the lowest ready one, consumes nothing, and ends with its timeout (semantics 11). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError, InvalidArgumentError } from '../../lib/base/errors.js'
import { WouldDeadlockError } from '../../lib/scheduler/index.js'
import { thrownBy } from '../kit/failures.js'
import { bytes, ScriptedHost } from '../pending/fixture.js'

function handles() {
  const host = new ScriptedHost()
  const [waiting, ready, other] = [host.pipe(), host.pipe(), host.pipe()]
  host.write(ready.writer, bytes('x'))
  host.write(other.writer, bytes('y'))
  return { host, waiting: waiting.body, ready: ready.body, other: other.body }
}

test('T100 select of no handles ends with its timeout, is refused without one, and a bad handle throws', () => {
  const { host, waiting } = handles()
  const before = performance.now()
  assert.is(host.select([], 10), -1)
  assert.ok(performance.now() - before >= 9)
  for (const timeoutMs of [0, undefined]) {
    assert.instance(
      thrownBy(() => host.select([], timeoutMs)),
      InvalidArgumentError,
    )
  }
  assert.instance(
    thrownBy(() => host.select([9999], 10)),
    BadHandleError,
  )
  assert.is(host.select([waiting], 1), -1)
})

test('a handle that was closed stays bad for a while before its number is used again, and numbers stay few', () => {
  const host = new ScriptedHost()
  const seen = new Set<number>()
  const closed = host.pipe().body
  host.close(closed)
  for (let round = 0; round < 100; round++) {
    const { body, writer } = host.pipe()
    assert.instance(
      thrownBy(() => host.isReady(closed)),
      BadHandleError,
    )
    host.close(body)
    host.close(writer)
  }
  for (let round = 0; round < 10_000; round++) {
    const { body, writer } = host.pipe()
    seen.add(body).add(writer)
    host.close(body)
    host.close(writer)
  }
  assert.ok(seen.size < 1000, `${seen.size} numbers for two at a time`)
  assert.is(host.stats().handles, 1, 'the writer of the first')
})

test('of several ready handles, select gives the lowest index, and again the next time', () => {
  const { host, waiting, ready, other } = handles()
  assert.is(host.select([waiting, ready, other]), 1)
  assert.is(host.select([waiting, ready, other]), 1)
  assert.is(host.select([other, ready]), 0)
  assert.is(host.select([ready, ready]), 0, 'the same one twice is no error')
})

test('a body that has ended or failed is ready', () => {
  const host = new ScriptedHost()
  const [ended, failed] = [host.pipe(), host.pipe()]
  host.finish(ended.writer)
  host.fail(failed.writer, new Error('no'))
  assert.is(host.select([failed.body]), 0)
  assert.is(host.select([ended.body]), 0)
  assert.is(host.read(ended.body), undefined)
  assert.throws(() => host.read(failed.body), /no/)
})

test('a bad handle among good ones throws at once, and the good ones stay as they were', () => {
  const { host, waiting, ready } = handles()
  assert.instance(
    thrownBy(() => host.select([waiting, 9999, ready])),
    BadHandleError,
  )
  assert.is(host.select([ready]), 0)
})

test('isReady consumes nothing, and a closed handle is bad', () => {
  const { host, ready } = handles()
  assert.equal([host.isReady(ready), host.isReady(ready)], [true, true])
  assert.equal(host.read(ready), bytes('x'))
  assert.is(host.isReady(ready), false)
  host.close(ready)
  assert.instance(
    thrownBy(() => host.isReady(ready)),
    BadHandleError,
  )
})

test('a writer is ready while there is room, and once nobody reads its body', () => {
  const host = new ScriptedHost()
  const { writer, body } = host.pipe()
  assert.is(host.isReady(writer), true)
  for (let i = 0; i < 8; i++) host.write(writer, bytes('x'))
  assert.is(host.isReady(writer), false)
  host.close(body)
  assert.is(host.isReady(writer), true)
  assert.throws(() => host.write(writer, bytes('x')), /closed/)
})

test('select without a timeout throws where only this thread could make a handle ready', () => {
  const { host, waiting } = handles()
  assert.instance(
    thrownBy(() => host.select([waiting])),
    WouldDeadlockError,
  )
})

test.run()
