/** A reader of a stored body: what it has in hand, how it waits, and that it leaves once. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { StoredBody } from '../../lib/store/body.js'
import { bytes, drain } from '../cache/fixture.js'

function written(...chunks: readonly string[]): StoredBody {
  const body = new StoredBody()
  for (const chunk of chunks) body.writer.write(bytes(chunk))
  return body
}

test('the unread rest of a body is in hand once the body is whole, up to a limit', () => {
  const body = written('one', 'two')
  const reader = body.reader()
  assert.is(reader.inHand(100), undefined)
  body.writer.finish()
  assert.equal(reader.inHand(6), [bytes('one'), bytes('two')])
  assert.is(reader.inHand(5), undefined)
  reader.read()
  assert.equal(reader.inHand(3), [bytes('two')])
  assert.equal(body.reader({ start: 1, end: 5 }).inHand(4), [bytes('ne'), bytes('tw')])
})

test('a body with trailers is not in hand', () => {
  const body = written('one')
  body.writer.finish([['digest', 'abc']])
  assert.is(body.reader().inHand(100), undefined)
})

test('a range has no trailers, and only the chunks that hold bytes of it', () => {
  const body = written('01', '23', '45')
  body.writer.finish([['digest', 'abc']])
  const range = body.reader({ start: 1, end: 4 })
  assert.equal([range.read(), range.read(), range.read()], [bytes('1'), bytes('23'), undefined])
  assert.equal(range.trailers(), [])
})

test('a listener is called at once where a chunk is there, and a listener that was undone is not awaited', () => {
  const body = written('one')
  const reader = body.reader()
  let told = 0
  reader.onReady(() => told++)
  assert.is(told, 1)
  reader.read()
  const undo = reader.onReady(() => told++)
  assert.ok(body.writer.isAwaited(() => true))
  undo()
  assert.not(body.writer.isAwaited(() => true))
  body.writer.finish()
  assert.is(told, 1)
})

test('a reader that leaves twice, or at its end and then again, has left once', () => {
  const body = written('one')
  body.serve(() => 'not-kept')
  const [short, gone, last] = [body.reader({ start: 0, end: 2 }), body.reader(), body.reader()]
  assert.equal(drain(short), { text: 'on', end: 'clean' })
  for (const reader of [short, gone, gone]) reader.cancel()
  assert.not(body.writer.isDeserted)
  last.cancel()
  assert.ok(body.writer.isDeserted)
})

test.run()
