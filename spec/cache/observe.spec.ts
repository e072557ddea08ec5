/** What an observer of the transactions is told, and what stats count. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Lease } from '../../lib/cache/lease.js'
import type { Observer } from '../../lib/cache/observe.js'
import { fastly } from '../../lib/http/policy.js'
import { fill, OK, open } from './fixture.js'

function recorder(): { seen: string[]; observe: Observer } {
  const seen: string[] = []
  const observe: Observer = {
    collapse: () => seen.push('collapse'),
    lead: () => seen.push('lead'),
    promote: () => seen.push('promote'),
    lapse: () => seen.push('lapse'),
    share: () => seen.push('share'),
    fail: () => seen.push('fail'),
    store: (key, how) => seen.push(`${how} ${key}`),
    mark: (key, mode) => seen.push(`${mode} ${key}`),
    evict: (key, reason) => seen.push(`evict ${key} ${reason}`),
    purge: (_target, soft, affected) => seen.push(`purge ${soft ? 'softly' : 'hard'} ${affected}`),
  }
  return { seen, observe }
}

test('an observer is told each step of a collapse in order, and stats count each step once', () => {
  const { seen, observe } = recorder()
  const { clock, cache, lookup } = open(fastly, { observe })
  const leader = lookup({}, { lease: new Lease(100) })
  lookup({}, { waitTimeoutMs: 50 })
  const second = lookup()
  lookup()
  clock.advance(100)
  fill(second, 'x', { maxAgeMs: 1000 })
  cache.purge({ key: 'k' }, { soft: true })
  lookup().update(OK, { maxAgeMs: 1000 })
  cache.purge({ key: 'k' })
  lookup().recordNotCacheable({ maxAgeMs: 1 })
  leader.close()
  assert.equal(seen, [
    ...['lead', 'collapse', 'collapse', 'collapse', 'fail', 'lapse', 'promote', 'insert k', 'share', 'purge softly 1'],
    ...['lead', 'update k', 'purge hard 1', 'lead', 'pass k'],
  ])
  const { collapsed, failed, led, promoted, lapsed, inserts, updates, marks, purged } = cache.stats()
  assert.equal([collapsed, failed, led, promoted, lapsed], [3, 1, 4, 1, 1])
  assert.equal([inserts, updates, marks, purged], [1, 1, 1, 2])
})

test('an observer is told of an eviction with its key and reason, and stats count it', () => {
  const { seen, observe } = recorder()
  const { cache, lookup } = open(fastly, { observe, maxBytes: 2000 })
  fill(lookup(), 'x'.repeat(3000), { maxAgeMs: 1000 })
  assert.ok(seen.includes('evict k too-large'))
  assert.is(cache.stats().evicted, 1)
  assert.is(cache.stats().keys, 0)
})

test('stats count lookups by their outcome', () => {
  const { cache, lookup, lookups } = open(fastly)
  const [leader] = lookups(3)
  fill(leader!, 'x', { maxAgeMs: 1000 })
  lookup()
  const { outcomes, collapsed, led, inserts, objects } = cache.stats()
  assert.equal([outcomes.hit, outcomes.lead, collapsed, led, inserts, objects], [3, 1, 2, 1, 1, 1])
})

test.run()
