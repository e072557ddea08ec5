/** A loan stands exactly as long as a lookup would find the same object. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { CELLS, type Standing, Standings, standingsMemory } from '../../lib/cache/standings.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { fill, OK, open, outcomeOf } from './fixture.js'

const FRESH = { maxAgeMs: 10_000, surrogateKeys: ['s'] }

function lending(policy = rfc9111, options: Parameters<typeof open>[1] = {}) {
  const memory = standingsMemory()
  const setting = open(policy, { standings: memory, ...options })
  const lend = (entry: Entry): Standing | undefined => (entry.object ? setting.cache.lend(entry.object) : undefined)
  return { ...setting, lend, seen: new Standings(memory) }
}

/** Stores an object under `key` and lends it. */
function lent(policy = rfc9111) {
  const setting = lending(policy)
  setting.stored('x', FRESH)
  const standing = setting.lend(setting.lookup())
  if (standing === undefined) throw new Error('nothing was lent')
  return { ...setting, standing, stands: () => setting.seen.stands(standing) }
}

test('an object that a lookup has hit can be lent, and its loan stands while nothing happens to it', () => {
  const { clock, lookup, stands } = lent()
  assert.ok(stands())
  lookup({ other: 'field' }).close()
  clock.advance(9999)
  assert.ok(stands())
})

type Lent = ReturnType<typeof lent>
const ends: Readonly<Record<string, (lent: Lent) => void>> = {
  'a purge of its key': ({ cache }) => cache.purge({ key: 'k' }),
  'a purge of its surrogate key': ({ cache }) => cache.purge({ surrogateKey: 's' }),
  'a purge of everything': ({ cache }) => cache.purge({ all: true }),
  'a soft purge': ({ cache }) => cache.purge({ key: 'k' }, { soft: true }),
  'another variant that is stored'({ cache, clock, lookup }) {
    clock.advance(10_000)
    fill(lookup({ a: '1' }), 'y', { ...FRESH, varyNames: ['a'] })
    assert.is(cache.stats().objects, 2)
  },
  'an update'({ clock, lookup }) {
    clock.advance(10_000)
    lookup().update(OK, FRESH)
  },
  'a newer object'({ clock, lookup }) {
    clock.advance(10_000)
    fill(lookup(), 'y', FRESH)
  },
  'a mark'({ clock, lookup }) {
    clock.advance(10_000)
    lookup().recordNotCacheable({ maxAgeMs: 1000 })
  },
  eviction({ cache, store }) {
    store.add({ headBytes: (1 << 20) - 1, body: undefined })
    assert.is(cache.stats().objects, 0)
  },
}

for (const [what, end] of Object.entries(ends)) {
  test(`${what} ends the loan`, () => {
    const setting = lent()
    end(setting)
    assert.not(setting.stands())
  })
}

test('an object that still streams in, was softly purged, or is gone is not lent', () => {
  const { cache, lend, lookup, stored } = lending()
  const writer = lookup().insert(OK, FRESH)
  assert.is(lend(lookup()), undefined, 'while its body comes')
  writer.finish()
  const hit = lookup()
  cache.purge({ key: 'k' }, { soft: true })
  assert.is(lend(hit), undefined, 'softly purged')
  cache.purge({ key: 'k' })
  assert.is(lend(hit), undefined, 'gone')
  cache.purge({ all: true })
  stored('x', FRESH)
  assert.type(lend(lookup()), 'object')
})

test('each hit is counted once, by whichever thread, during a loan and after it', () => {
  const { cache, lookup, seen, standing } = lent()
  assert.is(seen.countHit(standing.cell), 2)
  assert.is(lookup().object?.hits, 3)
  assert.is(seen.countHit(standing.cell), 4)
  assert.is(cache.stats().outcomes.hit, 4)
  cache.purge({ key: 'k' }, { soft: true })
  assert.is(cache.stats().outcomes.hit, 4)
  const stale = lookup()
  assert.is(outcomeOf(stale), 'lead')
  stale.update(OK, FRESH)
  assert.is(lookup().object?.hits, 5)
})

test('each hit has a number of its own, also where another thread counts right behind it', () => {
  const { lookup, seen, standing } = lent()
  const { countHit } = Standings.prototype
  const others: number[] = []
  Standings.prototype.countHit = function (cell) {
    const hit = countHit.call(this, cell)
    others.push(countHit.call(seen, cell))
    return hit
  }
  try {
    const own = [lookup().object?.hits, lookup().object?.hits]
    assert.equal(own, [2, 4])
    assert.equal(others, [3, 5])
  } finally {
    Standings.prototype.countHit = countHit
  }
  assert.is(seen.countHit(standing.cell), 6)
})

test('each lent object has hits of its own, and counting a hit ends no loan', () => {
  const { lend, lookup, seen } = lending()
  const keys = ['a', 'b', 'c']
  const standings = keys.map((key) => {
    const leader = lookup({}, { key })
    fill(leader, 'x', FRESH)
    leader.close()
    return lend(lookup({}, { key })) as Standing
  })
  for (const [at, { cell }] of standings.entries()) for (let hit = 0; hit < at; hit++) seen.countHit(cell)
  assert.equal(
    standings.map(({ cell }) => seen.hits(cell)),
    [1, 2, 3],
  )
  assert.equal(
    keys.map((key) => lookup({}, { key }).object?.hits),
    [2, 3, 4],
  )
  assert.ok(standings.every((standing) => seen.stands(standing)))
})

/** With so many objects, checking the whole state after each step takes minutes. */
const MANY = { invariants: false, maxBytes: 1 << 28 }

test('a loan that has ended stays ended when its cell goes to another object', () => {
  const { lend, lookup, seen, cache, stored } = lending(rfc9111, MANY)
  stored('x', FRESH)
  const first = lend(lookup()) as Standing
  cache.purge({ all: true })
  const cells = new Set<number>()
  for (let count = 0; count < CELLS; count++) {
    stored('x', FRESH)
    cells.add((lend(lookup()) as Standing).cell)
    cache.purge({ all: true })
  }
  assert.is(cells.size, CELLS)
  assert.not(seen.stands(first))
})

test('where all cells are taken, the oldest loan ends, and its hits are kept', () => {
  const { cache, lend, lookup, seen } = lending(rfc9111, MANY)
  const leadAndHit = (key: string) => {
    const leader = lookup({}, { key })
    fill(leader, 'x', FRESH)
    leader.close()
    return lend(lookup({}, { key })) as Standing
  }
  const first = leadAndHit('0')
  seen.countHit(first.cell)
  for (let key = 1; key < CELLS; key++) leadAndHit(String(key))
  assert.ok(seen.stands(first))
  const next = leadAndHit('one more')
  assert.is(next.cell, first.cell)
  assert.not(seen.stands(first))
  assert.ok(seen.stands(next))
  assert.is(lookup({}, { key: '0' }).object?.hits, 3)
  assert.is(cache.stats().outcomes.hit, CELLS + 3)
})

type Step =
  | { do: 'store' | 'update'; a: string; vary: readonly string[]; maxAge: number }
  | { do: 'mark'; a: string }
  | { do: 'purge'; soft: boolean; by: 'key' | 'surrogateKey' }
  | { do: 'crowd out' }
  | { do: 'tick'; ms: number }
  | { do: 'lend'; a: string }

const a = fc.constantFrom('1', '2')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('store', 'update'),
    a,
    vary: fc.constantFrom<readonly string[]>([], ['a']),
    maxAge: fc.constantFrom(0, 500, 5000),
  }),
  fc.record({ do: fc.constant('mark'), a }),
  fc.record({ do: fc.constant('purge'), soft: fc.boolean(), by: fc.constantFrom('key', 'surrogateKey') }),
  fc.record({ do: fc.constant('crowd out') }),
  fc.record({ do: fc.constant('tick'), ms: fc.constantFrom(1, 100, 1000) }),
  fc.record({ do: fc.constant('lend'), a }),
  fc.record({ do: fc.constant('lend'), a }),
)

/** It fails if a loan is withdrawn too late in any one of the places above, or if a body that still comes is lent. */
for (const [name, policy] of [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
] as const) {
  test(`${name}: in any order of events, no fresh loan stands whose object a lookup would not find`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { cache, clock, lookup, lend, seen, store } = lending(policy, { maxBytes: 20_000 })
        const loans: { a: string; standing: Standing; freshUntilMs: number; text: string }[] = []
        let stored = 0
        const act = (next: Step): void => {
          if (next.do === 'tick') return clock.advance(next.ms)
          if (next.do === 'purge') {
            cache.purge(next.by === 'key' ? { key: 'k' } : { surrogateKey: 's' }, { soft: next.soft })
            return
          }
          if (next.do === 'crowd out') {
            const crowd = { headBytes: 19_999, body: undefined }
            store.add(crowd)
            return store.remove(crowd)
          }
          const entry = lookup({ a: next.a })
          try {
            const { object } = entry
            const leads = (entry.state & 8) !== 0
            if (next.do === 'lend' && outcomeOf(entry) === 'hit' && object !== undefined) {
              const standing = lend(entry)
              if (standing === undefined) return
              const freshUntilMs = clock.now() + object.maxAgeMs - object.ageMs
              loans.push({ a: next.a, standing, freshUntilMs, text: object.head.statusText })
            } else if (next.do === 'mark' && leads) entry.recordNotCacheable({ maxAgeMs: 300 })
            else if (next.do === 'update' && leads && object?.body.phase === 'complete')
              entry.update({ ...OK, statusText: `${stored++}` }, { maxAgeMs: next.maxAge, surrogateKeys: ['s'] })
            else if (next.do === 'store' && leads) {
              const writer = entry.insert(
                { ...OK, statusText: `${stored++}` },
                { maxAgeMs: next.maxAge, varyNames: next.vary, surrogateKeys: ['s'] },
              )
              writer.finish()
            }
          } finally {
            entry.close()
          }
        }
        for (const next of steps) {
          act(next)
          for (const loan of loans) {
            if (clock.now() >= loan.freshUntilMs || !seen.stands(loan.standing)) continue
            const { outcome, object } = cache.foresee(
              { method: 'GET', url: 'http://origin/', fields: [['a', loan.a]] },
              { key: 'k' },
            )
            assert.is(outcome, 'hit')
            assert.is(object?.head.statusText, loan.text)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })
}

test.run()
