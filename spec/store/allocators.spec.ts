/** Stored bodies lie in few pieces, whole and in order, and cost no memory that their bytes do not need. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { localAllocator, sharedAllocator } from '../../lib/store/allocators.js'
import { StoredBody } from '../../lib/store/body.js'
import { MemoryStore } from '../../lib/store/memory.js'

const MIB = 1024 * 1024

function written(length: number, chunkBytes: number): StoredBody {
  const body = new StoredBody({ length, allocate: sharedAllocator(length) })
  for (let at = 0; at < length; at += chunkBytes) {
    const chunk = Uint8Array.from({ length: Math.min(chunkBytes, length - at) }, (_, nth) => (at + nth) % 251)
    body.writer.write(chunk)
  }
  body.writer.finish()
  return body
}

function read(body: StoredBody, range?: { start: number; end?: number }): Uint8Array[] {
  const reader = body.reader(range)
  const chunks: Uint8Array[] = []
  for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) chunks.push(chunk)
  return chunks
}

function isInOrder(bytes: Uint8Array, from = 0): boolean {
  return bytes.every((byte, at) => byte === (from + at) % 251)
}

test('a body written in many small chunks is read in as many pieces as it has mebibytes', () => {
  for (const chunkBytes of [1460, 65_536, 65_000, 3 * MIB]) {
    const pieces = read(written(3 * MIB + 5, chunkBytes))
    assert.equal(
      pieces.map((piece) => piece.byteLength),
      [MIB, MIB, MIB, 5],
      `chunks of ${chunkBytes}`,
    )
    assert.ok(pieces.every((piece) => piece.buffer instanceof SharedArrayBuffer))
    assert.ok(isInOrder(Buffer.concat(pieces)))
  }
})

test('a reader in the middle of a piece gets what is behind it, and nothing twice', () => {
  const length = 100_000
  const body = new StoredBody({ length, allocate: sharedAllocator(length) })
  const reader = body.reader()
  const got: Uint8Array[] = []
  for (let at = 0; at < length; at += 1000) {
    body.writer.write(Uint8Array.from({ length: 1000 }, (_, nth) => (at + nth) % 251))
    if (at % 3000 === 0) got.push(reader.read() as Uint8Array)
  }
  body.writer.finish()
  for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) got.push(chunk)
  const whole = Buffer.concat(got)
  assert.is(whole.byteLength, length)
  assert.ok(isInOrder(whole))
})

test('a range begins and ends where it says, wherever the chunks of the body begin', () => {
  const body = written(200_000, 1000)
  for (const [start, end] of [
    [0, 1],
    [999, 1001],
    [5, 1005],
    [1000, 2000],
    [1500, 199_999],
    [199_999, 200_000],
    [0, 200_000],
  ] as const) {
    const part = Buffer.concat(read(body, { start, end }))
    assert.is(part.byteLength, end - start)
    assert.ok(isInOrder(part, start), `${start} to ${end}`)
  }
})

test('a small body is not in shared memory, and without a length only large chunks are', () => {
  assert.ok(read(written(16 * 1024 - 1, 1000)).every((chunk) => chunk.buffer instanceof ArrayBuffer))
  const allocate = sharedAllocator(undefined)
  const isShared = (bytes: number) => allocate(new Uint8Array(bytes))[0]?.buffer instanceof SharedArrayBuffer
  assert.equal([isShared(16 * 1024 - 1), isShared(16 * 1024)], [false, true])
})

test('a declared length that is a lie has no more than one piece set aside for it', () => {
  const [place] = sharedAllocator(2 ** 40)(new Uint8Array(10))
  assert.equal([place?.byteLength, place?.buffer.byteLength], [10, MIB])
  const [whole] = sharedAllocator(20_000)(new Uint8Array(10))
  assert.is(whole?.buffer.byteLength, 20_000)
})

test('a body in hand has as few pieces as when it is read', () => {
  const pieces =
    written(MIB + 5, 1460)
      .reader()
      .inHand(2 * MIB) ?? []
  assert.equal(
    pieces.map((piece) => piece.byteLength),
    [MIB, 5],
  )
  assert.ok(isInOrder(Buffer.concat(pieces)))
  const [part, ...more] = written(100_000, 1460).reader({ start: 2000, end: 90_000 }).inHand(MIB) ?? []
  assert.is(more.length, 0)
  assert.is(part?.byteLength, 88_000)
  assert.ok(isInOrder(part as Uint8Array, 2000))
})

test('in one thread a body of at most a mebibyte is one piece, and no other body is copied', () => {
  const allocate = (length: number | undefined, ...chunks: readonly Uint8Array[]) =>
    chunks.flatMap(localAllocator(length) as (chunk: Uint8Array) => Uint8Array[])
  const [first, second] = [new Uint8Array(60_000).fill(1), new Uint8Array(40_000).fill(2)]
  const kept = allocate(100_000, first, second)
  assert.is(kept[0]?.buffer, kept[1]?.buffer)
  assert.equal(Buffer.concat(kept), Buffer.concat([first, second]))
  assert.is(allocate(60_000, first)[0], first)
  for (const length of [undefined, 2 * MIB]) assert.equal(allocate(length, first, second), [first, second])
  const small = new Uint8Array(10)
  assert.is(allocate(20, small)[0], small)
})

test('a small chunk of a large buffer is copied out of it, so that the buffer does not stay in memory', () => {
  const buffer = new Uint8Array(8192).fill(7)
  for (const allocate of [
    localAllocator(undefined),
    localAllocator(100),
    sharedAllocator(undefined),
    sharedAllocator(100),
  ]) {
    const [small] = allocate(buffer.subarray(50, 150))
    assert.equal([small?.byteLength, small?.buffer.byteLength, small?.[99]], [100, 100, 7])
    const [large] = allocate(buffer.subarray(0, 5000))
    assert.is(large?.buffer, buffer.buffer)
  }
})

/** A body of `length` bytes that a store holds, before its first byte. */
function held(length: number, allocator: typeof sharedAllocator): StoredBody {
  const store = new MemoryStore({ maxBytes: 100 * MIB, allocator })
  const body = store.openBody({ length })
  store.add({ headBytes: 1, body })
  return body
}

test('a body of declared length that came byte by byte takes little more memory than its bytes', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const length = MIB + 1
  for (const allocator of [sharedAllocator, localAllocator]) {
    const body = held(length, allocator)
    collect()
    const before = process.memoryUsage().heapUsed
    for (let at = 0; at < length; at++) body.writer.write(new Uint8Array([at % 251]))
    body.writer.finish()
    collect()
    const taken = process.memoryUsage().heapUsed - before
    assert.ok(taken < 8 * MIB, `${allocator.name}: ${taken} bytes beside those of the body`)
    assert.ok(isInOrder(Buffer.concat(read(body))))
  }
})

test('a body of declared length in chunks of all sizes is whole and in order, also for a reader under way', () => {
  const length = MIB + 50_005
  for (const allocator of [sharedAllocator, localAllocator]) {
    const body = held(length, allocator)
    const reader = body.reader()
    const got: Uint8Array[] = []
    for (let at = 0, nth = 0; at < length; nth++) {
      const bytes = Math.min([1, 2, 511, 512, 1, 30_000][nth % 7] ?? nth % 300, length - at)
      body.writer.write(Uint8Array.from({ length: bytes }, (_, more) => (at + more) % 251))
      at += bytes
      if (nth % 1000 === 0 && reader.ready) got.push(reader.read() as Uint8Array)
    }
    body.writer.finish()
    for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) got.push(chunk)
    for (const whole of [got, read(body)]) {
      assert.is(Buffer.concat(whole).byteLength, length)
      assert.ok(isInOrder(Buffer.concat(whole)), allocator.name)
      const isShared = whole.every(({ buffer }) => buffer instanceof SharedArrayBuffer)
      assert.is(isShared, allocator === sharedAllocator)
    }
    const middle = Buffer.concat(read(body, { start: 9, end: MIB + 40_000 }))
    assert.ok(middle.byteLength === MIB + 39_991 && isInOrder(middle, 9))
  }
})

test.run()
