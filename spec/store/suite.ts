/** What every store must do, whatever it is made of. Run by the spec of each store. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StoredBody } from '../../lib/store/body.js'
import type { EvictReason, Kept, Store } from '../../lib/store/store.js'
import { bytes, drain } from '../cache/fixture.js'

/** `open` gives a new, empty store with that bound. */
export function storeSuite(name: string, open: (options: { maxBytes: number }) => Store): void {
  const rule = (title: string, body: (store: Store, evicted: [Kept, EvictReason][]) => void) =>
    test(`${name}: ${title}`, () => {
      const store = open({ maxBytes: 1000 })
      const evicted: [Kept, EvictReason][] = []
      store.onEvict((item, reason) => evicted.push([item, reason]))
      body(store, evicted)
    })

  rule('the bytes of heads and bodies are counted together', (store) => {
    store.add(item(100, written(store, 200)))
    store.add(item(50, undefined))
    assert.is(store.stats().bytes, 350)
    assert.is(store.stats().items, 2)
  })

  rule('the least recently used item is evicted first, and its owner is told', (store, evicted) => {
    const [a, b, c] = [item(400), item(400), item(400)]
    store.add(a)
    store.add(b)
    store.touch(a)
    store.add(c)
    assert.equal(evicted, [[b, 'room']])
    assert.is(store.stats().bytes, 800)
  })

  rule('an item that was used unseen has a second chance, once for each use', (store, evicted) => {
    let used = true
    const takeUnseenUse = () => {
      const was = used
      used = false
      return was
    }
    const [a, b, c, d] = [{ ...item(400), takeUnseenUse }, item(400), item(400), item(400)]
    store.add(a)
    store.add(b)
    store.add(c)
    assert.equal(evicted, [[b, 'room']])
    store.add(d)
    assert.equal(evicted, [
      [b, 'room'],
      [a, 'room'],
    ])
  })

  rule('a body that streams counts as it grows', (store, evicted) => {
    const old = item(500)
    const body = store.openBody()
    const growing = item(100, body)
    store.add(old)
    store.add(growing)
    body.writer.write(new Uint8Array(300))
    assert.is(store.stats().bytes, 900)
    body.writer.write(new Uint8Array(300))
    assert.equal(evicted, [[old, 'room']])
    assert.is(store.stats().bytes, 700)
  })

  rule('an object larger than the bound is not kept, and its readers still finish', (store, evicted) => {
    const small = item(100)
    const body = store.openBody()
    const large = item(100, body)
    const reader = body.reader()
    store.add(small)
    store.add(large)
    body.writer.write(new Uint8Array(800).fill(65))
    body.writer.write(new Uint8Array(800).fill(65))
    body.writer.finish()
    assert.equal(evicted.at(-1), [large, 'too-large'])
    assert.equal(drain(reader), { text: 'A'.repeat(1600), end: 'clean' })
  })

  rule('an object whose declared length cannot fit evicts no other', (store, evicted) => {
    store.add(item(800))
    const large = item(100, store.openBody({ length: 5000 }))
    store.add(large)
    assert.equal(evicted, [[large, 'too-large']])
    assert.is(store.stats().bytes, 800)
  })

  rule('an item whose body fails is evicted', (store, evicted) => {
    const body = store.openBody()
    const broken = item(100, body)
    store.add(broken)
    body.writer.write(bytes('half'))
    body.writer.fail()
    assert.equal(evicted, [[broken, 'failed']])
    assert.is(store.stats().bytes, 0)
  })

  rule('an item that was removed is neither counted nor evicted, however its body goes on', (store, evicted) => {
    const body = store.openBody()
    const gone = item(100, body)
    store.add(gone)
    store.remove(gone)
    body.writer.write(new Uint8Array(2000))
    body.writer.fail()
    store.remove(gone)
    assert.equal(evicted, [])
    assert.equal(store.stats(), { items: 0, bytes: 0, maxBytes: 1000 })
  })

  rule('one body may pass from one item to the next', (store) => {
    const body = written(store, 200)
    const [before, after] = [item(100, body), item(120, body)]
    store.add(before)
    store.remove(before)
    store.add(after)
    assert.is(store.stats().bytes, 320)
  })

  rule('a listener of evictions may call the store', (store) => {
    const items = [item(400), item(400), item(400)]
    let told = 0
    store.onEvict((gone) => {
      told += 1
      store.remove(gone)
      store.touch(gone)
      if (told === 1) store.add(item(10))
    })
    for (const each of items) store.add(each)
    assert.is(told, 1)
    assert.is(store.stats().bytes, 810)
  })

  rule('a body may begin and end with chunks that it shares with another, which are counted', (store) => {
    const one = store.openBody()
    const [a, b] = ['a'.repeat(600), 'def']
    for (const text of [a, b]) one.writer.write(bytes(text))
    one.writer.finish()
    const two = store.openBody({ length: 604, ...one.ends({ before: 601, after: 1 }) })
    store.add(item(100, two))
    two.writer.write(bytes('XY'))
    two.writer.finish()
    assert.equal(drain(two.reader()), { text: `${a}dXYf`, end: 'clean' })
    assert.is(store.stats().bytes, 704)
  })

  rule('a closed store holds nothing', (store, evicted) => {
    const body = store.openBody()
    store.add(item(100, body))
    store.close()
    body.writer.write(bytes('more'))
    assert.is(store.stats().bytes, 0)
    assert.equal(evicted, [])
  })
}

function item(headBytes: number, body?: StoredBody): Kept {
  return { headBytes, body }
}

function written(store: Store, length: number): StoredBody {
  const body = store.openBody()
  body.writer.write(new Uint8Array(length))
  body.writer.finish()
  return body
}
