/** What becomes of bodies when their cache is closed: it waits for none, and leaves nobody without an end. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache, type TidewaitError } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

const test = suite('closing')
const origin = await startOrigin()
test.after(() => origin[Symbol.asyncDispose]())

async function failureOf(work: PromiseLike<unknown>): Promise<TidewaitError> {
  try {
    await work
  } catch (failure) {
    return failure as TidewaitError
  }
  throw new Error('it did not fail')
}

for (const [kind, headers] of Object.entries({
  'is stored as it comes': { 'Cache-Control': 'max-age=60' },
  'is not stored': { 'Cache-Control': 'no-store' },
})) {
  const path = `/${kind.replaceAll(' ', '-')}`

  test(`a body that ${kind} and that nobody reads does not hold up the close, and its connection ends`, async () => {
    origin.on(path, { headers, body: ['start', new Barrier()] })
    const cache = openCache()
    await cache.send(origin.url(path))
    await cache.fetch(origin.url(`${path}?fetched`))
    // Not within any time: it would wait for ever if it did.
    await cache.close({ drainMs: Number.POSITIVE_INFINITY })
    await origin.hungUp(path, 2)
    assert.equal(cache.stats().sends.active, 0)
    assert.equal(cache.stats().handles, 0)
  })

  test(`who reads a body that ${kind} gets what came of it before the close, and then its failure`, async () => {
    origin.on(path, { headers, body: ['start', new Barrier()] })
    const cache = openCache()
    const response = await cache.send(origin.url(path))
    const fetched = await cache.fetch(origin.url(`${path}?fetched`))
    const reader = fetched.body?.getReader()
    assert.is(Buffer.from((await response.read()) ?? []).toString(), 'start')
    assert.is(Buffer.from((await reader?.read())?.value ?? []).toString(), 'start')
    const reads = [failureOf(response.read()), failureOf(reader?.read() as Promise<unknown>)] as const
    await cache.close()
    const [ours, theirs] = await Promise.all(reads)
    assert.equal([ours.code, (ours.cause as TidewaitError).code], ['Cancelled', 'Closed'])
    const { name, message, cause } = theirs
    assert.equal([name, message, (cause as TidewaitError).code], ['TypeError', 'terminated', 'Closed'])
  })
}

test.run()
