/** A stored object counts for what it takes in memory, so that a bound in bytes is one for the process too. */

import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { fieldName } from '../../lib/http/field-names.js'
import type { Field } from '../../lib/http/message.js'
import { rfc9111 } from '../../lib/http/policy.js'
import { collect } from '../kit/garbage.js'
import { OK, open, request, type Setting } from './fixture.js'

const OBJECTS = 4000
const NAMES = ['Date', 'ETag', 'Content-Type', 'Cache-Control', 'Content-Length', 'X-Powered-By']

/** As from a socket: every text is a string of its own. */
function text(value: string): string {
  return Buffer.from(value).toString('latin1')
}

function fill({ lookup }: Setting, from: number, count: number): void {
  for (let at = from; at < from + count; at++) {
    const url = text(`http://origin.test/pages/${at}`)
    const leader = lookup({}, { key: url })
    const fields = NAMES.map((name): Field => [fieldName(text(name)), text(`the value of it is ${at}`)])
    const options = { maxAgeMs: 60_000, surrogateKeys: [text(`key of ${url}`.replaceAll(' ', '-'))] }
    const writer = leader.insert({ status: 200, statusText: text('OK'), fields }, options)
    writer.write(new Uint8Array(100))
    writer.finish()
    leader.close()
  }
}

function heldBytes(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function setting(): Setting {
  const opened = open(rfc9111, { maxBytes: 1 << 28, invariants: false })
  fill(opened, 0, 200)
  return opened
}

test('a small object counts for about the memory it takes', () => {
  const opened = setting()
  const [heldBefore, countedBefore] = [heldBytes(), opened.store.stats().bytes]
  fill(opened, 200, OBJECTS)
  const ratio = (heldBytes() - heldBefore) / (opened.store.stats().bytes - countedBefore)
  assert.ok(ratio > 0.67 && ratio < 1.5, `held ${ratio.toFixed(2)} times what was counted`)
})

test('a longer key, field name, field value or surrogate key counts byte for byte', () => {
  const more = 'x'.repeat(100)
  const counted = (key: string, name: string, value: string, surrogateKey: string) => {
    const { lookup, store } = open()
    const head = { status: 200, statusText: '', fields: [[name, value]] } as const
    lookup({}, { key })
      .insert(head, { maxAgeMs: 1000, surrogateKeys: [surrogateKey] })
      .finish()
    return store.stats().bytes
  }
  const marked = (key: string) => {
    const { lookup, store } = open()
    lookup({}, { key }).recordNotCacheable({ maxAgeMs: 1000 })
    return store.stats().bytes
  }
  const plain = counted('k', 'n', 'v', 's')
  const longer = [
    counted(`k${more}`, 'n', 'v', 's'),
    counted('k', `n${more}`, 'v', 's'),
    counted('k', 'n', `v${more}`, 's'),
    counted('k', 'n', 'v', `s${more}`),
  ]
  assert.equal(longer, Array(4).fill(plain + more.length))
  assert.is(marked(`k${more}`), marked('k') + more.length)
})

const FRESH = { maxAgeMs: 1000 }

/** Bodies that are read while they are being written, and that nobody can find any more. */
const unfindable: Readonly<Record<string, (setting: Setting) => { leader: Entry; letGo: () => void }>> = {
  'outgrows the store': ({ lookup }) => ({ leader: lookup(), letGo() {} }),
  'is purged': ({ cache, lookup }) => ({ leader: lookup(), letGo: () => cache.purge({ key: 'k' }) }),
  'a purge had overtaken before it was stored': ({ cache, stored }) => {
    const early = cache.beginSend()
    cache.purge({ key: 'k' })
    stored('new', FRESH)
    return { leader: cache.claim(request(), 'k', early)!, letGo() {} }
  },
}

for (const [which, begin] of Object.entries(unfindable)) {
  test(`what its readers have passed of a body that ${which} is freed while the rest is being written`, async () => {
    const { leader, letGo } = begin(open(rfc9111, { maxBytes: 10_000 }))
    const { writer, entry } = leader.insertAndStreamBack(OK, FRESH)
    const reader = entry.object!.body.reader()
    for (const each of [leader, entry]) each.close()
    writer.write(new Uint8Array(5000))
    letGo()
    const passed = new WeakRef(reader.read()!)
    writer.write(new Uint8Array(6000))
    reader.read()
    await setImmediate()
    collect()
    assert.is(passed.deref(), undefined)
    writer.finish()
  })
}

test('a closed cache holds no memory, and its stats show none', () => {
  const opened = setting()
  const before = heldBytes()
  fill(opened, 200, OBJECTS)
  const held = heldBytes() - before
  opened.cache.close()
  const { keys, objects, store } = opened.cache.stats()
  assert.equal([keys, objects, store.items], [0, 0, 0])
  assert.ok(heldBytes() - before < held / 4)
})

test.run()
