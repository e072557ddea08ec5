/** Many variants of one key: work on one variant does not go through the others. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SmallMap } from '../../lib/cache/small-map.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import { open, outcomeOf, request, type Setting } from './fixture.js'

const MANY = 50
/** The most Vary rules that one key has. */
const MOST_RULES = 32

/** How often `act` goes through all slots of a rule. */
function walks(act: () => void): number {
  const { values } = SmallMap.prototype
  let walked = 0
  SmallMap.prototype.values = function (this: SmallMap<object>) {
    walked++
    return values.call(this)
  }
  try {
    act()
  } finally {
    SmallMap.prototype.values = values
  }
  return walked
}

function many({ stored }: Setting, varyNames = ['a']): void {
  for (let each = 0; each < MANY; each++)
    stored(`${each}`, { maxAgeMs: 1000, varyNames }, { [varyNames[0] ?? '']: `${each}` })
}

test('looking up, storing, hitting, lending or marking one variant does not go through the others', () => {
  const setting = open(undefined, { invariants: false })
  const { cache, lookup, stored } = setting
  many(setting)
  const walked = walks(() => {
    stored('new', { maxAgeMs: 1000, varyNames: ['a'] }, { a: 'new' })
    const hit = lookup({ a: 'new' })
    cache.lend(hit.object!)
    const marked = lookup({ a: 'marked' })
    marked.recordNotCacheable({ maxAgeMs: 1000, varyNames: ['a'] })
  })
  assert.is(walked, 0)
})

test('whether a key has a stored object is known without going through its marks', () => {
  const { lookup } = open(undefined, { invariants: false })
  for (let each = 0; each < MANY; each++)
    lookup({ a: `${each}` }).recordNotCacheable({ maxAgeMs: 1000, varyNames: ['a'] })
  const walked = walks(() => assert.is(lookup({ a: 'new' }).known, 'nothing'))
  assert.is(walked, 0)
})

test('a key is known as long as one of its variants is stored', () => {
  const { cache, lookup, stored } = open()
  for (const a of ['1', '2']) stored(a, { maxAgeMs: 1000, varyNames: ['a'], surrogateKeys: [a] }, { a })
  lookup({ a: 'led' })
  cache.purge({ surrogateKey: '1' })
  assert.is(lookup({ a: '3' }).known, 'key')
  cache.purge({ surrogateKey: '2' })
  assert.is(lookup({ a: '4' }).known, 'nothing')
})

test('storing a variant ends the loans of all variants of its key', () => {
  const { cache, lookup, stored } = open()
  const variants = ['1', '2'].map((a) => {
    stored(a, { maxAgeMs: 1000, varyNames: ['a'] }, { a })
    return a
  })
  const lend = (a: string) => cache.lend(lookup({ a }).object!)
  const before = variants.map(lend)
  assert.equal(variants.map(lend), before)
  stored('3', { maxAgeMs: 1000, varyNames: ['a'] }, { a: '3' })
  const after = variants.map(lend)
  assert.ok(after.every((standing, at) => standing !== before[at]))
})

test('by selection, a lookup does not go through variants that its origin would not choose', () => {
  const policy = resolvePolicy({ varyNormalization: 'by-selection' })
  const setting = open(policy, { invariants: false })
  many(setting, ['accept-language'])
  const walked = walks(() => assert.is(outcomeOf(setting.lookup({ 'accept-language': 'nobody' })), 'lead'))
  assert.is(walked, 0)
})

test('beyond the most Vary rules of a key, objects of the oldest rule are dropped, and its leaders stay', () => {
  const { cache, lookup, stored } = open()
  const byRule = (rule: number) => [{ maxAgeMs: 1000, varyNames: [`a${rule}`] }, { [`a${rule}`]: '1' }] as const
  stored('first', ...byRule(0))
  const leader = lookup({ a0: '2' })
  const waiter = lookup({ a0: '2' })
  for (let rule = 1; rule <= MOST_RULES; rule++) stored('next', ...byRule(rule))
  assert.is(cache.stats().objects, MOST_RULES)
  const again = lookup({ a0: '1' })
  assert.is(outcomeOf(again), 'lead')
  again.close()
  assert.is(outcomeOf(lookup({ a1: '1' })), 'hit')
  leader.close()
  assert.is(outcomeOf(waiter), 'lead')
})

test('beyond the most Vary rules of a key, marks of the oldest rule are dropped', () => {
  const { cache, lookup } = open()
  for (let rule = 0; rule <= MOST_RULES; rule++)
    lookup({ [`a${rule}`]: '1' }).recordNotCacheable({ maxAgeMs: 1000, varyNames: [`a${rule}`] })
  assert.is(cache.stats().markers, MOST_RULES)
  assert.not(cache.foresee(request({ a0: '1' }), { key: 'k' }).marked)
  assert.ok(cache.foresee(request({ a1: '1' }), { key: 'k' }).marked)
})

test.run()
