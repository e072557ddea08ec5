/** Bodies are decoded as `fetch` decodes them, and stored as they came. */

import {
  brotliCompressSync,
  createDeflate,
  createDeflateRaw,
  createGzip,
  type Deflate,
  type DeflateRaw,
  deflateRawSync,
  deflateSync,
  type Gzip,
  gzipSync,
} from 'node:zlib'
import * as assert from 'uvu/assert'
import type { HttpAnswer } from '../../kit/answer.js'
import { Barrier } from '../../kit/barrier.js'
import { comparison } from '../alike.js'

const { test, alike, cache, origin } = await comparison('decoding')

const text = Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(50))
const gzipped = gzipSync(text)

function coded(coding: string, body: Uint8Array, status = 200): HttpAnswer {
  return { status, headers: { 'Content-Encoding': coding, 'Cache-Control': 'max-age=60' }, body }
}

/** The oldest Node that is supported has a fetch that undoes codings in the wrong order, and any number of them. */
const isMended = !/^6\.(?:1?\d|20)\./.test(process.versions['undici'] ?? '')
const alikeWhereMended: typeof alike = (...told) => (isMended ? alike(...told) : undefined)

alike('gzip', coded('gzip', gzipped))
alike('x-gzip, in capitals', coded('X-GZIP', gzipped))
alike('deflate', coded('deflate', deflateSync(text)))
alike('deflate without its wrapper', coded('deflate', deflateRawSync(text)))
alike('br', coded('br', brotliCompressSync(text)))
alikeWhereMended('gzip, then br', coded('gzip, br', brotliCompressSync(gzipped)))
alike('gzip twice', coded('gzip,gzip', gzipSync(gzipped)))
alike('deflate in deflate', coded('deflate, deflate', deflateRawSync(deflateSync(text))))
alikeWhereMended('six codings', coded('gzip,gzip,gzip,gzip,gzip,gzip', gzipped), { outcome: 'rejects' })
alike('an unknown coding', coded('secret', gzipped))
for (const name of ['constructor', '__proto__']) alike(`an unknown coding called ${name}`, coded(name, gzipped))
alike('an unknown coding around gzip', coded('gzip, secret', gzipped))
alike('gzip with a sum that is wrong', coded('gzip', Buffer.concat([gzipped.subarray(0, -8), Buffer.alloc(8)])), {
  outcome: 'breaks off',
})
alike('what is no gzip at all', coded('gzip', Buffer.from('plain')), { outcome: 'breaks off' })
alike('what is no deflate at all', coded('deflate', Buffer.from('plain')), { outcome: 'breaks off' })
alike('what is no br at all', coded('br', Buffer.alloc(10, 0xff)), { outcome: 'breaks off' })
alike('gzip that ends too early', coded('gzip', gzipped.subarray(0, 40)))
alike('deflate that ends too early', coded('deflate', deflateSync(text).subarray(0, 40)))
alike('br that ends too early', coded('br', brotliCompressSync(text).subarray(0, 20)))
for (const coding of ['gzip', 'deflate', 'br']) alike(`${coding} of nothing`, coded(coding, new Uint8Array(0)))
alike('gzip of an error', coded('gzip', gzipped, 404))
alike('HEAD of gzip', coded('gzip', gzipped), { init: () => ({ method: 'HEAD' }) })
alike(
  'gzip whose connection ends too early',
  { headers: { 'Content-Encoding': 'gzip' }, body: gzipped, declaredLength: gzipped.length + 10 },
  { outcome: 'breaks off' },
)

test('a body that cannot be decoded fails with a TypeError and the cause that the platform gives', async () => {
  origin.on('/no-gzip', coded('gzip', Buffer.from('plain')))
  const failure = await (await cache.fetch(origin.url('/no-gzip'))).text().catch((error: unknown) => error)
  assert.instance(failure, TypeError)
  assert.is((failure as { cause: { code: string } }).cause.code, 'Z_DATA_ERROR')
})

test('a response in too many codings rejects, and its fetch is hung up on', async () => {
  origin.on('/six', {
    headers: { 'Content-Encoding': 'gzip,gzip,gzip,gzip,gzip,gzip', 'Cache-Control': 'no-store' },
    body: ['begin', new Barrier()],
  })
  const failure = await cache.fetch(origin.url('/six')).catch((error: unknown) => error)
  assert.instance(failure, TypeError)
  await origin.hungUp('/six')
})

test('the store keeps the coded body that the origin sent', async () => {
  origin.on('/kept', coded('gzip', gzipped))
  for (const _ of [1, 2]) assert.is(await (await cache.fetch(origin.url('/kept'))).text(), text.toString())
  const stored = await cache.send(origin.url('/kept'), { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  assert.equal(await stored.bytes(), new Uint8Array(gzipped))
  assert.is(origin.count('/kept'), 1)
})

for (const [what, coding, create] of [
  ['gzip', 'gzip', createGzip],
  ['deflate', 'deflate', createDeflate],
  ['deflate without its wrapper', 'deflate', createDeflateRaw],
] as const) {
  test(`decoded bytes are given out before the rest has come, and the rest after it: ${what}`, async () => {
    const rest = new Barrier()
    const path = `/slow/${create.name}`
    origin.on(path, { headers: { 'Content-Encoding': coding }, body: slowly(create(), rest) })
    const response = await cache.fetch(origin.url(path))
    const reader = response.body?.getReader()
    assert.is(Buffer.from((await reader?.read())?.value ?? []).toString(), 'one')
    rest.open()
    assert.is(Buffer.from((await reader?.read())?.value ?? []).toString(), 'two')
  })
}

async function* slowly(encoder: Gzip | Deflate | DeflateRaw, rest: Barrier): AsyncGenerator<Uint8Array | Barrier> {
  encoder.write('one')
  await new Promise<void>((resolve) => encoder.flush(resolve))
  for (let chunk = encoder.read(); chunk !== null; chunk = encoder.read()) yield chunk as Uint8Array
  yield rest
  encoder.end('two')
  for await (const chunk of encoder) yield chunk
}

for (const coding of ['gzip', 'deflate', 'br', 'identity']) {
  test(`cancelling a body in ${coding} hangs up`, async () => {
    const path = `/cancelled-${coding}`
    const compress = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[coding]
    const start = compress === undefined ? 'start' : compress(text).subarray(0, 50)
    origin.on(path, { headers: { 'Content-Encoding': coding }, body: [start, new Barrier()] })
    const response = await cache.fetch(origin.url(path), { cache: 'no-store' })
    const reader = response.body?.getReader()
    await reader?.read()
    const read = reader?.read().catch(() => undefined)
    await reader?.cancel()
    await origin.hungUp(path)
    await read
  })
}

test.run()
