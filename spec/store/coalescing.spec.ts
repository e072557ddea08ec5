/** Bodies take about the memory that their bytes do, however small the chunks, and joining chunks is seen by no reader. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BodyReader } from '../../lib/base/body.js'
import { localAllocator, sharedAllocator } from '../../lib/store/allocators.js'
import { StoredBody } from '../../lib/store/body.js'
import { MemoryStore } from '../../lib/store/memory.js'
import { collect } from '../kit/garbage.js'

const BYTES = 8 << 20
/** The objects around chunks and joined chunks, and what else a process does meanwhile. */
const MOST_RATIO = 1.25

function heldBytes(): number {
  // What the first collection frees outside of the heap is counted as free at the beginning of the next.
  for (let times = 0; times < 3; times++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function write({ writer }: StoredBody, bytes: number, each: number): void {
  for (let left = bytes; left > 0; left -= each) writer.write(new Uint8Array(Math.min(each, left)))
}

function storedBody(): { readonly body: StoredBody; readonly store: MemoryStore } {
  const store = new MemoryStore({ maxBytes: 100 * BYTES, allocator: localAllocator })
  const body = store.openBody()
  store.add({ headBytes: 1, body })
  return { body, store }
}

for (const each of [16, 100, 600, 1000, 1460]) {
  const check = (before: number, held: unknown) => {
    assert.ok(held)
    const ratio = (heldBytes() - before) / BYTES
    assert.ok(ratio < MOST_RATIO, `${ratio.toFixed(2)} times the bytes`)
  }

  test(`chunks of ${each} bytes: a stored body takes about the memory that is counted, while it arrives and afterwards`, () => {
    const before = heldBytes()
    const { body, store } = storedBody()
    write(body, BYTES, each)
    check(before, store)
    body.writer.finish()
    check(before, store)
    store.close()
  })

  test(`chunks of ${each} bytes: a slow reader of a stored body keeps about nothing besides`, () => {
    const before = heldBytes()
    const { body, store } = storedBody()
    const slow = body.reader()
    write(body, each, each)
    assert.is(slow.read()?.byteLength, each)
    write(body, BYTES - each, each)
    check(before, store)
    slow.cancel()
    store.close()
  })

  test(`chunks of ${each} bytes: between a slow and a fast reader of a body that is not stored lie about its bytes`, () => {
    const before = heldBytes()
    const body = new StoredBody()
    body.serve(() => 'not-kept')
    const [slow, fast] = [body.reader(), body.reader()]
    for (let left = BYTES; left > 0; left -= each) {
      body.writer.write(new Uint8Array(Math.min(each, left)))
      while (fast.ready) fast.read()
    }
    check(before, slow)
    slow.cancel()
  })
}

test('a reader that stands still keeps none of the chunks that were joined, and joined again, since', () => {
  const { body, store } = storedBody()
  const slow = body.reader()
  write(body, 3, 1)
  assert.equal([slow.read(), slow.read()], [new Uint8Array(1), new Uint8Array(1)])
  const before = heldBytes()
  write(body, 1 << 16, 1)
  const held = heldBytes() - before
  assert.ok(held < 1 << 19, `${held} bytes are held of ${1 << 16}`)
  body.writer.finish()
  let rest = 0
  for (let chunk = slow.read(); chunk !== undefined; chunk = slow.read()) rest += chunk.byteLength
  assert.is(rest, (1 << 16) + 1)
  store.close()
})

test('a body of small chunks that no object keeps is freed as its readers pass, but for the last few', () => {
  const { writer, reader } = (() => {
    const body = new StoredBody()
    return { writer: body.writer, reader: body.reader() }
  })()
  const before = heldBytes()
  for (let at = 0; at < 100_000; at++) {
    writer.write(new Uint8Array(100))
    reader.read()
  }
  const held = heldBytes() - before
  assert.ok(held < 1 << 20, `${held} bytes are held`)
  writer.finish()
})

interface Doing {
  readonly from: number
  readonly to: number | undefined
  readonly greed: number
}

const doing: fc.Arbitrary<Doing> = fc.record({
  from: fc.integer({ min: 0, max: 3000 }),
  to: fc.option(fc.integer({ min: 0, max: 200_000 }), { nil: undefined }),
  greed: fc.integer({ min: 0, max: 300 }),
})

test('whatever the sizes of chunks, each reader gets each byte once and in order', () => {
  const sizes = fc.array(fc.constantFrom(1, 1, 3, 16, 100, 700, 2047, 2048, 5000, 70_000), {
    minLength: 1,
    maxLength: 12,
  })
  const allocators = fc.constantFrom(localAllocator, sharedAllocator)
  const program = fc.record({
    sizes,
    chunks: fc.integer({ min: 1, max: 900 }),
    readers: fc.array(doing, { minLength: 1, maxLength: 6 }),
    allocator: allocators,
    isDeclared: fc.boolean(),
    isStored: fc.boolean(),
    inHand: fc.boolean(),
  })
  fc.assert(
    fc.property(program, ({ sizes, chunks, readers, allocator, isDeclared, isStored, inHand }) => {
      const sizeOf = (nth: number) => sizes[nth % sizes.length] ?? 1
      let length = 0
      for (let nth = 0; nth < chunks; nth++) length += sizeOf(nth)
      const store = new MemoryStore({ maxBytes: 1 << 30, allocator })
      const body = store.openBody(isDeclared ? { length } : {})
      if (isStored) store.add({ headBytes: 1, body })
      const reading = readers.map(({ from, to, greed }) => ({
        from,
        to,
        greed,
        got: [] as Uint8Array[],
        reader: undefined as BodyReader | undefined,
      }))
      let bytes = 0
      for (let nth = 0; nth < chunks; nth++) {
        const start = bytes
        body.writer.write(inOrder(start, sizeOf(nth)))
        bytes += sizeOf(nth)
        for (const each of reading) {
          if (nth * 7 < each.from) continue
          each.reader ??= body.reader({ start: each.from, end: each.to })
          if (
            nth % 301 < each.greed &&
            each.reader.ready &&
            !(each.to !== undefined && sum(each.got) >= each.to - each.from)
          ) {
            const chunk = each.reader.read()
            if (chunk !== undefined) each.got.push(chunk)
          }
        }
      }
      body.writer.finish()
      for (const { from, to, got, reader = body.reader({ start: from, end: to }) } of reading) {
        const expected = Math.max(0, Math.min(to ?? length, length) - from)
        if ((to ?? 0) > length) continue
        const rest = inHand ? reader.inHand(1 << 30) : undefined
        if (rest !== undefined) got.push(...rest)
        else for (let chunk = reader.read(); chunk !== undefined; chunk = reader.read()) got.push(chunk)
        assert.is(sum(got), from > length ? 0 : expected)
        assert.ok(Buffer.concat(got).equals(inOrder(from, sum(got))), 'each byte is in its place')
      }
      store.close()
    }),
    { numRuns: 150, seed: 7 },
  )
})

const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, at) => at))

/** Bytes that tell where in a body they are. */
function inOrder(start: number, length: number): Uint8Array {
  const from = start % PATTERN.length
  return new Uint8Array(Buffer.alloc(length + from, PATTERN)).slice(from)
}

function sum(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((total, { byteLength }) => total + byteLength, 0)
}

test.run()
