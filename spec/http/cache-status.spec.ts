/** What `Cache-Status` and `X-Cache` say of each outcome (RFC 9211). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CacheStatus, cacheStatusMember, withCacheStatus, withXCache } from '../../lib/http/cache-status.js'
import { lines } from './heads.js'

const rows: readonly (readonly [id: string, status: CacheStatus, text: string])[] = [
  ['tidewait', { outcome: 'hit' }, 'tidewait;hit'],
  ['tidewait', { outcome: 'hit', ttlSeconds: 376.9 }, 'tidewait;hit;ttl=376'],
  ['tidewait', { outcome: 'hit', ttlSeconds: -0.2 }, 'tidewait;hit;ttl=0'],
  ['tidewait', { outcome: 'hit', ttlSeconds: -1.9, detail: 'just so' }, 'tidewait;hit;ttl=-1;detail="just so"'],
  ['tidewait', { outcome: 'forwarded', reason: 'uri-miss', ttlSeconds: -0.001 }, 'tidewait;fwd=uri-miss;ttl=0'],
  [
    'tidewait',
    { outcome: 'hit', ttlSeconds: -412, detail: 'stale-if-error' },
    'tidewait;hit;ttl=-412;detail=stale-if-error',
  ],
  ['tidewait', { outcome: 'forwarded', reason: 'uri-miss', stored: true }, 'tidewait;fwd=uri-miss;stored'],
  [
    'tidewait',
    { outcome: 'forwarded', reason: 'miss', collapsed: true, forwardStatus: 304, stored: false },
    'tidewait;fwd=miss;fwd-status=304;stored=?0;collapsed',
  ],
  ['tidewait', { outcome: 'hit', key: 'http://a/ä"' }, 'tidewait;hit;key="http://a/?\\""'],
  ['tidewait', { outcome: 'hit', ttlSeconds: 1, key: 'k' }, 'tidewait;hit;ttl=1;key="k"'],
  ['two words', { outcome: 'hit' }, '"two words";hit'],
  ['cdn.example', { outcome: 'hit', detail: 'a b' }, 'cdn.example;hit;detail="a b"'],
]

for (const [id, status, text] of rows) {
  test(`RFC 9211 2: a member of Cache-Status reads ${text}`, () => assert.is(cacheStatusMember(id, status), text))
}

test('a member of Cache-Status is right, whatever member was written before it', () => {
  const of = (status: object): CacheStatus => ({ outcome: 'forwarded', reason: 'miss', ...status })
  const accounts: readonly (readonly [id: string, status: CacheStatus, text: string])[] = [
    ['a', of({}), 'a;fwd=miss'],
    ['b', of({}), 'b;fwd=miss'],
    ['a', of({ reason: 'stale' }), 'a;fwd=stale'],
    ['a', of({ forwardStatus: 304 }), 'a;fwd=miss;fwd-status=304'],
    ['a', of({ stored: true }), 'a;fwd=miss;stored'],
    ['a', of({ collapsed: true }), 'a;fwd=miss;collapsed'],
    ['a', of({ ttlSeconds: 60.9 }), 'a;fwd=miss;ttl=60'],
    ['a', of({ ttlSeconds: 61.1 }), 'a;fwd=miss;ttl=61'],
    ['a', { outcome: 'hit', ttlSeconds: 1 }, 'a;hit;ttl=1'],
    ['b', { outcome: 'hit', ttlSeconds: 1 }, 'b;hit;ttl=1'],
  ]
  for (const before of accounts)
    for (const [id, status, text] of accounts) {
      cacheStatusMember(before[0], before[1])
      assert.is(cacheStatusMember(id, status), text)
    }
})

test('RFC 9211 2: the member of this cache comes after those of caches nearer to the origin', () => {
  const fields = lines('Cache-Status: shield; hit', 'X: 1')
  assert.equal(withCacheStatus(fields, 'edge', { outcome: 'hit' }), [...fields, ['cache-status', 'edge;hit']])
})

test('semantics 8.5: x-cache lines are appended, and a miss has 0 hits', () => {
  const shielded = withXCache([], 'miss', 3)
  assert.equal(shielded, lines('x-cache: MISS', 'x-cache-hits: 0'))
  assert.equal(withXCache(shielded, 'hit', 2), [...shielded, ...lines('x-cache: HIT', 'x-cache-hits: 2')])
})

test.run()
