/** A body is given out only if it is the one that `integrity` names. */

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { hasIntegrity } from '../../../lib/client/fetch/integrity.js'
import { type Answer, SILENCE } from '../../kit/answer.js'
import { comparison } from '../alike.js'

const { test, alike, cache, origin } = await comparison('integrity')

const BODY = 'what everybody gets'
const ZIPPED = gzipSync(BODY)
const [sha256, sha384, sha512] = [integrityOf(BODY, 'sha256'), integrityOf(BODY, 'sha384'), integrityOf(BODY, 'sha512')]
const OTHER = 'sha512-AAAA'

const plain: Answer = { headers: { 'Content-Type': 'text/plain' }, body: BODY }
const zipped: Answer = { headers: { 'Content-Encoding': 'gzip' }, body: ZIPPED }

for (const integrity of [sha256, sha384, sha512, `${sha256} sha256-AAAA`, `${OTHER} ${sha512}`])
  alike(`bytes that are those expected: ${integrity}`, plain, { init: () => ({ integrity }) })
alike('an algorithm in capitals', plain, { init: () => ({ integrity: sha256.replace('sha256', 'SHA256') }) })
alike('a hash without padding', plain, { init: () => ({ integrity: sha256.replace('=', '') }) })
alike('an algorithm that nobody knows', plain, { init: () => ({ integrity: 'md5-AAAA' }) })
alike('a hash of the decoded bytes', zipped, { init: () => ({ integrity: sha256 }) })
alike('an empty body', { body: '' }, { init: () => ({ integrity: integrityOf('', 'sha256') }) })

const outcome = 'rejects'
alike('a hash of other bytes', plain, { init: () => ({ integrity: 'sha256-AAAA' }), outcome })
alike('a hash of other bytes by the strongest algorithm', plain, {
  init: () => ({ integrity: `${sha256} ${OTHER}` }),
  outcome,
})
alike('a hash of the coded bytes', zipped, { init: () => ({ integrity: integrityOf(ZIPPED, 'sha256') }), outcome })
alike('an answer to HEAD', plain, { init: () => ({ method: 'HEAD', integrity: sha256 }), outcome })
alike('a status without a body', { status: 204 }, { init: () => ({ integrity: sha256 }), outcome })
const ofNothing = integrityOf('', 'sha256')
alike('no body, though nothing is expected: HEAD', plain, {
  init: () => ({ method: 'HEAD', integrity: ofNothing }),
  outcome,
})
alike('no body, though nothing is expected: 204', { status: 204 }, { init: () => ({ integrity: ofNothing }), outcome })

test('fetch checks the integrity of a Request', async () => {
  origin.on('/request', plain)
  const asked = (integrity: string) => cache.fetch(new Request(origin.url('/request'), { integrity }))
  assert.is(await (await asked(sha384)).text(), BODY)
  assert.instance(await asked(OTHER).catch((error) => error), TypeError)
})

test('integrity may be written in the alphabet of URLs, and its options after a question mark are ignored', () => {
  const bytes = new TextEncoder().encode(BODY)
  assert.ok(hasIntegrity(bytes, sha384.replaceAll('+', '-').replaceAll('/', '_')))
  assert.ok(hasIntegrity(bytes, `${sha256}?type=text/plain`))
  assert.not.ok(hasIntegrity(bytes, 'sha256-AAAA?type=text/plain'))
})

test('integrity may name any number of hashes', () => {
  const bytes = new TextEncoder().encode(BODY)
  const many = `${OTHER} `.repeat(200_000)
  assert.not.ok(hasIntegrity(bytes, many))
  assert.ok(hasIntegrity(bytes, many + sha512))
})

test('a stored answer is checked for each caller that gives integrity, and stays stored', async () => {
  origin.on('/stored', { headers: { 'Cache-Control': 'max-age=60' }, body: BODY })
  const url = origin.url('/stored')
  assert.is(await (await cache.fetch(url, { integrity: sha256 })).text(), BODY)
  const failure = await cache.fetch(url, { integrity: OTHER }).catch((error) => error)
  assert.equal([failure.name, failure.message], ['TypeError', 'fetch failed'])
  assert.is(failure.cause.message, 'integrity mismatch')
  assert.is(await (await cache.fetch(url)).text(), BODY)
  assert.is(origin.count('/stored'), 1)
})

test('an abort while the body is awaited for its integrity rejects with the reason', async () => {
  origin.on('/half', { raw: ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', SILENCE] })
  const controller = new AbortController()
  const answer = cache.fetch(origin.url('/half'), { integrity: sha256, signal: controller.signal })
  await origin.arrived('/half')
  controller.abort(new Error('enough'))
  assert.is((await answer.catch((error) => error)).message, 'enough')
})

function integrityOf(bytes: string | Uint8Array, algorithm: string): string {
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`
}

test.run()
