/** A stored body has one writer and many readers (semantics 10). */

import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BodyReader } from '../../lib/base/body.js'
import { ClosedError, TruncatedBodyError } from '../../lib/base/errors.js'
import { StoredBody } from '../../lib/store/body.js'
import { bytes, drain } from '../cache/fixture.js'
import { collect } from '../kit/garbage.js'

test('T92 a late reader replays the body from byte 0, and shares the very chunks', () => {
  const body = new StoredBody()
  const chunk = bytes('one')
  body.writer.write(chunk)
  body.writer.write(bytes('two'))
  body.writer.finish()
  assert.is(body.reader().read(), chunk)
  assert.equal(drain(body.reader()), { text: 'onetwo', end: 'clean' })
  assert.is(body.length, 6)
})

test('T14 a reader gets what is there, and then follows the writer', () => {
  const body = new StoredBody()
  body.writer.write(bytes('one'))
  const reader = body.reader()
  assert.equal(drain(reader), { text: 'one', end: 'open' })
  assert.is(reader.ready, false)
  let woken = 0
  reader.onReady(() => (woken += 1))
  body.writer.write(bytes('two'))
  body.writer.write(bytes('three'))
  assert.is(woken, 1)
  assert.equal(drain(reader), { text: 'twothree', end: 'open' })
  body.writer.finish()
  assert.equal(drain(reader), { text: '', end: 'clean' })
})

test('T88 a body with too few bytes fails at its end, and one with too many at the first of those', () => {
  const short = new StoredBody({ length: 10 })
  short.writer.write(bytes('123456789'))
  assert.throws(
    () => short.writer.finish(),
    (error: unknown) => error instanceof TruncatedBodyError,
  )
  assert.equal(drain(short.reader()), { text: '123456789', end: 'failed' })
  const long = new StoredBody({ length: 3 })
  const reader = long.reader()
  assert.is(long.length, 3)
  long.writer.write(bytes('123'))
  assert.throws(
    () => long.writer.write(bytes('4')),
    (error: unknown) => error instanceof TruncatedBodyError,
  )
  assert.is(long.phase, 'failed')
  assert.equal(drain(reader), { text: '123', end: 'failed' })
})

test('T89 a body that fails gives every reader its bytes, then the error, never a clean end', () => {
  const body = new StoredBody()
  const early = body.reader()
  body.writer.write(bytes('half'))
  body.writer.fail(new Error('reset'))
  body.writer.fail(new Error('again'))
  const late = body.reader()
  for (const reader of [early, late]) {
    assert.equal(drain(reader), { text: 'half', end: 'failed' })
    assert.throws(() => reader.read(), /reset/)
    assert.is(reader.trailers(), undefined)
  }
  assert.throws(() => body.writer.write(bytes('more')), /reset/)
})

test('T90 trailers are there for each reader once it has come to the clean end', () => {
  const body = new StoredBody()
  const reader = body.reader()
  body.writer.write(bytes('x'))
  body.writer.finish([['digest', 'abc']])
  assert.is(reader.trailers(), undefined)
  drain(reader)
  assert.equal(reader.trailers(), [['digest', 'abc']])
  assert.throws(
    () => body.writer.write(bytes('y')),
    (error: unknown) => error instanceof ClosedError,
  )
})

test('T91 a reader that does not read holds up neither the writer nor the others', () => {
  const body = new StoredBody()
  const stalled = body.reader()
  const reader = body.reader()
  for (let i = 0; i < 1000; i++) body.writer.write(bytes('.'))
  body.writer.finish()
  assert.is(drain(reader).text.length, 1000)
  assert.is(drain(stalled).text.length, 1000)
})

test('a range cuts within chunks and across them, follows a body that streams, and ends cleanly before its end', () => {
  const body = new StoredBody()
  body.writer.write(bytes('0123'))
  const across = body.reader({ start: 2, end: 6 })
  const tail = body.reader({ start: 6 })
  const none = body.reader({ start: 3, end: 3 })
  assert.equal(drain(none), { text: '', end: 'clean' })
  assert.equal(drain(across), { text: '23', end: 'open' })
  body.writer.write(bytes('4567'))
  assert.equal(drain(across), { text: '45', end: 'clean' })
  assert.equal(drain(tail), { text: '67', end: 'open' })
  body.writer.fail()
  assert.equal(drain(tail), { text: '', end: 'failed' })
  assert.equal(drain(body.reader({ start: 1, end: 3 })), { text: '12', end: 'clean' })
  assert.equal(drain(body.reader({ start: 99, end: 100 })), { text: '', end: 'failed' })
})

test('a range beyond the end of a body breaks off where the body ends, and is never in hand', () => {
  const body = new StoredBody()
  const [beyond, outside] = [body.reader({ start: 2, end: 6 }), body.reader({ start: 8, end: 9 })]
  body.writer.write(bytes('0123'))
  body.writer.finish()
  assert.equal([beyond.inHand(100), outside.inHand(100)], [undefined, undefined])
  assert.equal(drain(beyond), { text: '23', end: 'failed' })
  assert.equal(drain(outside), { text: '', end: 'failed' })
})

test('reading a body before anything is there throws Busy', () => {
  const reader = new StoredBody().reader()
  assert.throws(
    () => reader.read(),
    (error: { code?: string }) => error.code === 'Busy',
  )
})

test('a woken reader may cancel others, read, and wait again: each of thousands is woken once per change', () => {
  const body = new StoredBody()
  const readers = Array.from({ length: 5000 }, () => body.reader())
  const woken = readers.map(() => 0)
  const wait = (at: number): void => {
    readers[at]?.onReady(() => {
      woken[at] = (woken[at] ?? 0) + 1
      if (at === 0) readers[4999]?.cancel()
      if (at === 1) drain(readers[4998]!)
      drain(readers[at]!)
      if (body.phase === 'streaming') wait(at)
    })
  }
  readers.forEach((_, at) => {
    wait(at)
  })
  body.writer.write(bytes('a'))
  assert.is(woken[0], 1)
  assert.is(woken[4997], 1)
  assert.is(woken[4998], 0, 'its bytes were read for it: it waits on')
  assert.is(woken[4999], 0, 'cancelled by an earlier one')
  body.writer.finish()
  assert.is(woken[4997], 2)
  assert.is(woken[4998], 1)
  assert.is(woken[4999], 0)
})

test('a body shares its ends only once it is whole', () => {
  const body = new StoredBody()
  body.writer.write(bytes('abc'))
  assert.throws(() => body.ends({ before: 1, after: 0 }), /streaming/)
  assert.equal(body.ends({ before: 0, after: 0 }), { before: [], after: [] })
  body.writer.finish()
  assert.throws(() => body.ends({ before: 4, after: 0 }), /no such ends/)
  assert.equal(body.ends({ before: 3, after: 3 }), { before: [bytes('abc')], after: [bytes('abc')] })
  const chunk = new Uint8Array(2048)
  const large = new StoredBody()
  large.writer.write(chunk)
  large.writer.finish()
  assert.is(large.ends({ before: 2048, after: 0 }).before[0], chunk)
})

test('a listener of a reader that was undone is not called', () => {
  const body = new StoredBody()
  const reader = body.reader()
  const undo = reader.onReady(() => assert.unreachable())
  undo()
  undo()
  body.writer.finish()
})

test('bytes that no object keeps, and that every reader has passed, are freed while the writer still writes', async () => {
  const { writer, reader } = onlyWriterAndReader()
  writer.write(new Uint8Array(1 << 20))
  const passed = new WeakRef(reader.read() ?? {})
  writer.write(bytes('next'))
  reader.read()
  await setImmediate()
  collect()
  assert.is(passed.deref(), undefined)
  writer.finish()
})

function onlyWriterAndReader() {
  const body = new StoredBody()
  return { writer: body.writer, reader: body.reader() }
}

test('small chunks become few, for later readers and for one under way, which misses nothing', () => {
  const body = new StoredBody()
  const early = body.reader()
  body.writer.write(bytes('a'))
  assert.is(early.read()?.byteLength, 1)
  for (let at = 1; at < 5000; at++) body.writer.write(bytes('a'))
  const late = body.reader()
  assert.ok((late.read()?.byteLength ?? 0) > 4800)
  for (const text of ['b', 'c'.repeat(2048), 'd', 'e', 'f']) body.writer.write(bytes(text))
  body.writer.finish()
  body.coalesce()
  const whole = `${'a'.repeat(5000)}b${'c'.repeat(2048)}def`
  const [first, rest] = [read(early), read(late)]
  assert.is(first.text, whole.slice(1))
  assert.ok(first.sizes.length < 8, `${first.sizes}`)
  assert.ok(whole.endsWith(rest.text))
  assert.equal(read(body.reader()), { text: whole, sizes: [5001, 2048, 1, 2] })
  assert.equal(drain(body.reader({ start: 4999, end: 5003 })), { text: 'abcc', end: 'clean' })
})

function read(reader: BodyReader): { readonly text: string; readonly sizes: readonly number[] } {
  const chunks: Uint8Array[] = []
  for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) chunks.push(chunk)
  return { text: `${Buffer.concat(chunks)}`, sizes: chunks.map(({ byteLength }) => byteLength) }
}

test('a body that grows byte by byte, at either end, passes on all its bytes in few pieces', () => {
  const written = (byte: number, around: { before?: readonly Uint8Array[]; after?: readonly Uint8Array[] }) => {
    const body = new StoredBody(around)
    body.writer.write(new Uint8Array([byte]))
    body.writer.finish()
    return body
  }
  let body = written(0, {})
  let expected = [0]
  for (let grown = 1; grown < 3000; grown++) {
    const isBefore = grown % 3 === 0
    body = written(grown, body.ends(isBefore ? { before: 0, after: grown } : { before: grown, after: 0 }))
    expected = isBefore ? [grown, ...expected] : [...expected, grown]
  }
  const { before: pieces } = body.ends({ before: 3000, after: 0 })
  assert.equal(Buffer.concat(pieces), Buffer.from(expected))
  assert.ok(pieces.length < 20, `${pieces.length} pieces`)
})

test('a reader from the middle of a body does not go through all that comes before, once another has', () => {
  const chunks = 2000
  let looks = 0
  const body = new StoredBody()
  for (let at = 0; at < chunks; at++) {
    const chunk = new Uint8Array([at])
    Object.defineProperty(chunk, 'byteLength', {
      get() {
        looks++
        return 1
      },
    })
    body.writer.write(chunk)
  }
  const at = (start: number) => body.reader({ start, end: start + 1 }).read()?.[0]
  assert.is(at(chunks - 1), (chunks - 1) % 256)
  looks = 0
  for (let start = 1; start < chunks; start++) assert.is(at(start), start % 256)
  assert.ok(looks < 200 * chunks, `${looks} looks for ${chunks} reads`)
})

test.run()
