/** A test framework that holds up the program's microtasks and timers does not hold up its requests. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache, startHost } from '../../../lib/index.js'
import { startOrigin } from '../../kit/origin.js'

const test = suite('held-microtasks')
const origin = await startOrigin()
const host = await startHost()
const caches = { 'a cache here': openCache(), 'a host thread': host.connect() }
/** Of more chunks than are queued unread. */
const LONG = 'tide'.repeat(500_000)

test.before(() => {
  origin.on('/', { headers: { 'Cache-Control': 'max-age=60' }, body: LONG })
})

test.after(async () => {
  await caches['a cache here'].close()
  await host.close()
  await origin[Symbol.asyncDispose]()
})

/** As fake timers do it, which know the globals of the program alone. */
async function whileHeld<T>(program: () => Promise<T>): Promise<T> {
  const { queueMicrotask, setImmediate, setTimeout } = globalThis
  const neverRun = () => ({ unref() {} })
  Object.assign(globalThis, { queueMicrotask: neverRun, setImmediate: neverRun, setTimeout: neverRun })
  try {
    return await program()
  } finally {
    Object.assign(globalThis, { queueMicrotask, setImmediate, setTimeout })
  }
}

for (const [where, cache] of Object.entries(caches)) {
  test(`a miss and a hit are answered while a test framework holds microtasks and timers, with ${where}`, async () => {
    const text = async () => (await cache.fetch(origin.url('/'))).text()
    const texts = await whileHeld(async () => [await text(), await text()])
    assert.equal(
      texts.map((each) => each === LONG),
      [true, true],
    )
  })
}

test.run()
