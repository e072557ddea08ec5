/** The memory store is a store. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryStore } from '../../lib/store/memory.js'
import { bytes } from '../cache/fixture.js'
import { refuses } from '../kit/refused.js'
import { storeSuite } from './suite.js'

storeSuite('memory', (options) => new MemoryStore(options))

test('maxBytes must be a positive whole number', () => {
  for (const maxBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    refuses(() => new MemoryStore({ maxBytes }))
  }
})

test('chunks of a body lie where the allocator puts them', () => {
  const placed: Uint8Array[] = []
  const allocator = () => (chunk: Uint8Array) => {
    const shared = new Uint8Array(new SharedArrayBuffer(chunk.byteLength))
    shared.set(chunk)
    placed.push(shared)
    return [shared]
  }
  const body = new MemoryStore({ maxBytes: 1000, allocator }).openBody()
  body.writer.write(bytes('a'))
  assert.is(body.reader().read(), placed[0])
})

test('a body that came in small chunks is kept in one', () => {
  const store = new MemoryStore({ maxBytes: 1000 })
  const body = store.openBody()
  store.add({ headBytes: 1, body })
  for (const chunk of ['a', 'b', 'c']) body.writer.write(bytes(chunk))
  body.writer.finish()
  assert.equal(body.reader().read(), new Uint8Array(bytes('abc')))
})

test.run()
