/** A transform stands between a body and its writer: chunk by chunk, at the reader's pace, and it ends as the body ends (semantics 7.4-5). */

import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BodyTransform } from '../../lib/pending/candidate-response.js'
import type { RequestContext } from '../../lib/pending/context.js'
import { transformBody } from '../../lib/pending/transform.js'
import { type Handle, ready } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { bytes, get, setting } from './fixture.js'

/** A transform from one pipe into another. */
function piped(transform: BodyTransform) {
  const { host, context, scheduler } = setting()
  const begun: RequestContext = context({ request: { ...get(), method: 'GET' } })
  const [source, target] = [host.pipe(), host.pipe()]
  const handles = host.stats().handles
  const work = scheduler.spawn(() => transformBody(begun, { body: source.body, transform, writer: target.writer }))
  work.then(undefined, () => {})
  const read = (body: Handle) =>
    scheduler.spawn(function* () {
      yield* ready(body)
      const chunk = host.read(body)
      return chunk && new TextDecoder().decode(chunk)
    })
  return { host, source, work, handles, read: () => read(target.body) }
}

const upper: BodyTransform = async function* (chunks) {
  for await (const chunk of chunks) yield bytes(new TextDecoder().decode(chunk).toUpperCase())
}

/** Every task and microtask that is due. */
const settle = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('each transformed chunk can be read before the next chunk of the source is there', async () => {
  const { host, source, read, work } = piped(upper)
  host.write(source.writer, bytes('one'))
  assert.is(await read(), 'ONE')
  host.write(source.writer, bytes('two'))
  assert.is(await read(), 'TWO')
  host.finish(source.writer)
  assert.is(await read(), undefined)
  await work
})

test('a transform may yield more or fewer chunks than it reads, and end before its source', async () => {
  const doubled = piped(async function* (chunks) {
    for await (const chunk of chunks) {
      yield chunk
      yield chunk
    }
    yield bytes('end')
  })
  doubled.host.write(doubled.source.writer, bytes('a'))
  doubled.host.finish(doubled.source.writer)
  const all = [await doubled.read(), await doubled.read(), await doubled.read(), await doubled.read()]
  assert.equal(all, ['a', 'a', 'end', undefined])
  const first = piped(async function* (chunks) {
    for await (const chunk of chunks) return yield chunk
  })
  first.host.write(first.source.writer, bytes('a'))
  first.host.write(first.source.writer, bytes('b'))
  assert.equal([await first.read(), await first.read()], ['a', undefined])
  await first.work
})

test('a transform may use the memory of a yielded chunk again for the next', async () => {
  const { read, work } = piped(async function* () {
    const same = new Uint8Array(2)
    for (const letter of 'abc') yield same.fill(letter.charCodeAt(0))
  })
  await work
  assert.equal([await read(), await read(), await read()], ['aa', 'bb', 'cc'])
})

test('a transform that never reads its source still ends, and its source is closed', async () => {
  const { host, source, read, work, handles } = piped(async function* () {
    yield bytes('instead')
  })
  host.write(source.writer, bytes('ignored'))
  assert.equal([await read(), await read()], ['instead', undefined])
  await work
  assert.throws(() => host.write(source.writer, bytes('more')), /closed/)
  assert.is(host.stats().handles, handles - 2, 'its body and its writer are closed')
})

test('a reader that does not read holds the transform up once the queue is full', async () => {
  let taken = 0
  const { host, source, read } = piped(async function* (chunks) {
    for await (const chunk of chunks) {
      taken++
      yield chunk
    }
  })
  for (let i = 0; i < 30; i++) host.write(source.writer, bytes(`${i}`))
  await settle()
  const before = taken
  assert.ok(before >= 8 && before < 12, `${before} chunks were taken with nobody reading`)
  for (let i = 0; i < 3; i++) assert.is(await read(), `${i}`)
  await settle()
  assert.ok(taken > before && taken <= before + 3)
})

test('an error that a transform throws midway comes after the bytes before it, as a Custom error', async () => {
  const { host, source, read, work, handles } = piped(async function* (chunks) {
    for await (const chunk of chunks) {
      yield chunk
      throw new Error('no')
    }
  })
  host.write(source.writer, bytes('some'))
  assert.is(await read(), 'some')
  assert.is((await failureOf(read())).code, 'Custom')
  await work
  assert.is(host.stats().handles, handles - 2)
})

test('an error that a transform throws before it has begun fails the body too', async () => {
  const { read, work } = piped(() => {
    throw new Error('no')
  })
  assert.is((await failureOf(read())).code, 'Custom')
  await work
})

test('a chunk that is not bytes fails the body', async () => {
  const { host, source, read } = piped(async function* (chunks) {
    for await (const _ of chunks) yield 'text' as unknown as Uint8Array
  })
  host.write(source.writer, bytes('some'))
  const failure = await failureOf(read())
  assert.match(String(failure.cause), /Uint8Array/)
})

test('the failure of a source reaches its transform, and through it the reader', async () => {
  const seen: unknown[] = []
  const { host, source, read } = piped(async function* (chunks) {
    try {
      yield* chunks
    } catch (failure) {
      seen.push((failure as Error).message)
      throw failure
    }
  })
  host.write(source.writer, bytes('some'))
  assert.is(await read(), 'some')
  host.fail(source.writer, new Error('broken off'))
  assert.match(String((await failureOf(read())).cause), /broken off/)
  assert.equal(seen, ['broken off'])
})

test('cancelling a transform runs its finally blocks, and closes its handles', async () => {
  const steps: string[] = []
  const { host, source, work, read, handles } = piped(async function* (chunks) {
    try {
      yield* chunks
    } finally {
      steps.push('undone')
    }
  })
  host.write(source.writer, bytes('some'))
  assert.is(await read(), 'some')
  work.cancel()
  await settle()
  assert.equal(steps, ['undone'])
  assert.is(host.stats().handles, handles - 2)
  assert.ok(await failureOf(read()))
})

test('an error in the finally block of a cancelled transform becomes a warning', async () => {
  const { work } = piped(async function* () {
    try {
      for (;;) yield bytes('on and on')
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      throw new RangeError('cannot clean up')
    }
  })
  const warned = once(process, 'warning')
  await settle()
  work.cancel()
  const [warning] = await warned
  assert.equal([warning.name, warning.cause.name], ['TidewaitWarning', 'RangeError'])
})

test.run()
