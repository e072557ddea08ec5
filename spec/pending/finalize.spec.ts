/** The last edits of an answer: those of the caller, then what the cache says of itself, as RFC 9211 has it (semantics 8.5). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fields, first, type RequestHead, values } from '../../lib/http/message.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { Answer, AnswerSource } from '../../lib/pending/answer.js'
import { finalize } from '../../lib/pending/finalize.js'
import { HeaderOps } from '../../lib/pending/header-ops.js'
import type { LookupReport, ObjectReport } from '../../lib/pending/host.js'
import { GET, get, head } from './fixture.js'

const OBJECT: ObjectReport = {
  ageMs: 10_000,
  isPast: false,
  maxAgeMs: 60_500,
  swrMs: 0,
  sieMs: 0,
  hits: 3,
  varyNames: [],
  surrogateKeys: [],
  sensitive: false,
}
const STALE: ObjectReport = { ...OBJECT, ageMs: 70_000, isPast: true }

function lookup(forward: LookupReport['forward'] = 'uri-miss', collapsed = false): LookupReport {
  return { key: 'k', forward, collapsed }
}

function answer(source: AnswerSource, parts: Partial<Answer> = {}): Answer {
  return {
    source,
    head: head(),
    body: undefined,
    object: undefined,
    lookup: lookup(),
    forwardStatus: undefined,
    maskedError: undefined,
    revalidation: undefined,
    ...parts,
  }
}

interface Given {
  readonly request?: RequestHead
  readonly policy?: Policy
  readonly ops?: HeaderOps
}

function finalFields(given: Answer, { request = GET, policy = rfc9111, ops = new HeaderOps() }: Given = {}): Fields {
  return finalize(given, { request, policy, ops, id: 'tidewait' }).fields
}

const status = (given: Answer, request = GET) => first(finalFields(given, { request }), 'cache-status')

test('Cache-Status tells how the answer came about, for each way in which it can', () => {
  const fetched = { forwardStatus: 200 }
  const POST: RequestHead = { ...GET, method: 'POST' }
  const cases: readonly (readonly [Answer, string, RequestHead?])[] = [
    [answer('hit', { object: OBJECT }), 'tidewait;hit;ttl=50'],
    [answer('stale', { object: STALE }), 'tidewait;hit;ttl=-9'],
    [answer('stale-if-error', { object: STALE }), 'tidewait;hit;ttl=-9;detail=stale-if-error'],
    [answer('hit', { object: OBJECT, lookup: lookup('uri-miss', true) }), 'tidewait;fwd=miss;ttl=50;collapsed'],
    [answer('stale', { object: STALE, lookup: lookup('stale', true) }), 'tidewait;fwd=miss;ttl=-9;collapsed'],
    [
      answer('stale-if-error', { object: STALE, lookup: lookup('stale', true) }),
      'tidewait;hit;ttl=-9;detail=stale-if-error',
    ],
    [answer('stale', { object: { ...OBJECT, isPast: true } }), 'tidewait;hit;ttl=0'],
    [answer('insert', { ...fetched, object: OBJECT }), 'tidewait;fwd=uri-miss;ttl=50;stored'],
    [
      answer('insert', { ...fetched, object: OBJECT, lookup: lookup('vary-miss') }),
      'tidewait;fwd=vary-miss;ttl=50;stored',
    ],
    [answer('insert', { ...fetched, object: OBJECT, lookup: lookup('stale') }), 'tidewait;fwd=stale;ttl=50;stored'],
    [answer('insert', { ...fetched, object: OBJECT, lookup: lookup('request') }), 'tidewait;fwd=request;ttl=50;stored'],
    [
      answer('update', { forwardStatus: 304, object: OBJECT, lookup: lookup('stale') }),
      'tidewait;fwd=stale;fwd-status=304;ttl=50;stored',
    ],
    [answer('uncached', fetched), 'tidewait;fwd=uri-miss'],
    [answer('uncached', { ...fetched, lookup: lookup('uri-miss', true) }), 'tidewait;fwd=uri-miss;collapsed=?0'],
    [answer('direct', { ...fetched, lookup: lookup('bypass') }), 'tidewait;fwd=bypass'],
    [answer('direct', { ...fetched, lookup: undefined }), 'tidewait;fwd=bypass'],
    [answer('direct', { ...fetched, lookup: undefined }), 'tidewait;fwd=method', POST],
    [answer('refused', { head: head({}, 504) }), 'tidewait;detail=only-if-cached'],
  ]
  for (const [given, expected, request] of cases) assert.is(status(given, request), expected)
})

test('Cache-Status never says both hit and fwd (RFC 9211 2.2)', () => {
  for (const source of [
    'hit',
    'stale',
    'stale-if-error',
    'insert',
    'update',
    'uncached',
    'direct',
    'refused',
  ] as const) {
    for (const collapsed of [false, true]) {
      const said = status(answer(source, { object: OBJECT, lookup: lookup('stale', collapsed) })) ?? ''
      assert.not.ok(said.includes(';hit') && said.includes(';fwd'), `${source}: ${said}`)
    }
  }
})

test('the Cache-Status of this cache comes after those of the caches before it', () => {
  const given = answer('hit', { object: OBJECT, head: head({ 'cache-status': 'inner;hit' }) })
  assert.equal(values(finalFields(given), 'cache-status'), ['inner;hit', 'tidewait;hit;ttl=50'])
})

test('x-cache is HIT with the hits of the object for a cached answer, and MISS with 0 for a fetched one', () => {
  const said = (source: AnswerSource) => {
    const fields = finalFields(answer(source, { object: OBJECT }))
    return [first(fields, 'x-cache'), first(fields, 'x-cache-hits')]
  }
  for (const source of ['hit', 'stale', 'stale-if-error'] as const) assert.equal(said(source), ['HIT', '3'])
  for (const source of ['insert', 'update', 'uncached', 'direct', 'refused'] as const)
    assert.equal(said(source), ['MISS', '0'])
})

test('x-cache is added after that of the caches before', () => {
  const given = answer('hit', { object: OBJECT, head: head({ 'x-cache': 'MISS', 'x-cache-hits': '0' }) })
  assert.equal(values(finalFields(given), 'x-cache'), ['MISS', 'HIT'])
  assert.equal(values(finalFields(given), 'x-cache-hits'), ['0', '3'])
})

test('surrogate fields are removed from an answer, unless it goes to another cache or to a debugging client', () => {
  const given = answer('insert', {
    head: head({ 'surrogate-key': 'a', 'surrogate-control': 'max-age=60', 'x-a': '1' }),
  })
  const names = (request: RequestHead) => finalFields(given, { request }).map(([field]) => field)
  assert.not.ok(names(GET).some((field) => field.startsWith('surrogate-')))
  assert.ok(names(GET).includes('x-a'))
  for (const field of ['fastly-ff', 'fastly-debug']) {
    assert.ok(names(get({ [field]: '1' })).includes('surrogate-key'))
    assert.ok(names(get({ [field]: '1' })).includes('surrogate-control'))
  }
})

test('header edits of the caller come first, and cannot change what the cache says of itself', () => {
  const ops = new HeaderOps()
  for (const name of ['x-cache', 'cache-status']) ops.add('remove', name, '', 'any')
  ops.add('set', 'surrogate-key', 'mine')
  ops.add('set', 'x-mine', '1')
  ops.add('set', 'x-error', '1', 'error')
  const fields = finalFields(answer('hit', { object: OBJECT }), { ops })
  assert.equal([first(fields, 'x-cache'), first(fields, 'cache-status')], ['HIT', 'tidewait;hit;ttl=50'])
  assert.equal(
    ['surrogate-key', 'x-mine', 'x-error'].map((name) => first(fields, name)),
    [undefined, '1', undefined],
  )
})

test('the policy decides whether Cache-Status and x-cache are given', () => {
  const given = answer('hit', { object: OBJECT })
  assert.is(first(finalFields(given, { policy: fastly }), 'cache-status'), undefined)
  assert.is(first(finalFields(given, { policy: fastly }), 'x-cache'), 'HIT')
  assert.is(first(finalFields(given, { policy: { ...rfc9111, xCache: false } }), 'x-cache'), undefined)
})

test('finalizing an answer leaves the stored head as it was', () => {
  const given = answer('hit', { object: OBJECT, head: head({ 'x-a': '1' }) })
  finalFields(given)
  assert.equal(given.head.fields, [['x-a', '1']])
})

test.run()
