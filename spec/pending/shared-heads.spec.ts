/** Answers for waiters of one fetch share their head, but for the number of hits; other answers have heads of their own. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first, type RequestHead, type ResponseHead, values } from '../../lib/http/message.js'
import { type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { Answer } from '../../lib/pending/answer.js'
import { HeaderOps } from '../../lib/pending/header-ops.js'
import type { ObjectReport } from '../../lib/pending/host.js'
import { SharedHead, SharedHeads } from '../../lib/pending/shared-heads.js'

const GET: RequestHead = { method: 'GET', url: 'http://origin/', fields: [] }
const FOUND: ResponseHead = {
  status: 200,
  statusText: 'OK',
  fields: [
    ['x-cache-hits', '7'],
    ['surrogate-key', 'a'],
  ],
}

function heads(policy: Partial<Policy> = {}): SharedHeads {
  return new SharedHeads({ policy: { ...rfc9111, ...policy }, id: 'tidewait' })
}

function waited(hits: number, changed: Partial<Answer> & { readonly ageMs?: number } = {}): Answer {
  const { ageMs = 0, ...parts } = changed
  const object: ObjectReport = {
    ageMs,
    hits,
    maxAgeMs: 60_000,
    isPast: false,
    swrMs: 0,
    sieMs: 0,
    varyNames: [],
    surrogateKeys: [],
    sensitive: false,
  }
  return {
    source: 'hit',
    head: FOUND,
    body: undefined,
    object,
    lookup: { key: 'k', collapsed: true, forward: 'uri-miss' },
    forwardStatus: undefined,
    maskedError: undefined,
    revalidation: undefined,
    ...parts,
  }
}

const hitsOf = ({ fields }: ResponseHead) => values(fields, 'x-cache-hits')
const statusOf = ({ fields }: ResponseHead) => first(fields, 'cache-status')

test('each waiter of one fetch has its own number of hits, and shares the rest of its head', () => {
  const crowd = heads()
  const [one, two] = [1, 2].map((hits) => crowd.finalize(waited(hits), GET, new HeaderOps())) as [
    ResponseHead,
    ResponseHead,
  ]
  assert.equal([one, two].map(hitsOf), [
    ['7', '1'],
    ['7', '2'],
  ])
  assert.equal(
    [one, two].map(({ status, statusText }) => [status, statusText]),
    [
      [200, 'OK'],
      [200, 'OK'],
    ],
  )
  assert.ok(one instanceof SharedHead)
  assert.is(one.common, (two as SharedHead).common)
})

test('where x-cache is off, hits of caches before this one are left alone', () => {
  const crowd = heads({ xCache: false })
  for (const hits of [1, 2]) assert.equal(hitsOf(crowd.finalize(waited(hits), GET, new HeaderOps())), ['7'])
})

test('a waiter whose answer, request or edits differ gets a head of its own', () => {
  const crowd = heads()
  const told = (answer: Answer, request = GET, ops = new HeaderOps()) => crowd.finalize(answer, request, ops)
  const collapsed = 'tidewait;fwd=miss;ttl=60;collapsed'
  assert.is(statusOf(told(waited(1))), collapsed)
  assert.is(statusOf(told(waited(2, { ageMs: 2000 }))), 'tidewait;fwd=miss;ttl=58;collapsed')
  assert.is(statusOf(told(waited(3, { source: 'stale-if-error' }))), 'tidewait;hit;ttl=60;detail=stale-if-error')
  assert.is(statusOf(told(waited(4, { lookup: undefined }))), 'tidewait;hit;ttl=60')
  assert.is(told(waited(5, { head: { ...FOUND, status: 410 } })).status, 410)
  assert.is(first(told(waited(6)).fields, 'surrogate-key'), undefined)
  const debugging = { ...GET, fields: [['fastly-debug', '1']] } as const
  assert.is(first(told(waited(7), debugging).fields, 'surrogate-key'), 'a')
  const ops = new HeaderOps()
  ops.add('set', 'x-edited', 'yes')
  assert.is(first(told(waited(8), GET, ops).fields, 'x-edited'), 'yes')
  assert.is(first(told(waited(9)).fields, 'x-edited'), undefined)
  assert.is(statusOf(told(waited(10))), collapsed)
})

test('a waiter that has then fetched the answer itself has no hit', () => {
  assert.equal(hitsOf(heads().finalize(waited(2, { source: 'update' }), GET, new HeaderOps())), ['7', '0'])
})

test.run()
