/** The log knows the first purge that a leader was outrun by, and forgets those that can outrun nobody. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StoredObject } from '../../lib/cache/object.js'
import { type PurgeAim, PurgeLog } from '../../lib/cache/purge-log.js'

const OBJECT = { fields: { key: 'k', surrogateKeys: ['s', 't'] } } as unknown as StoredObject

const AIMS: readonly PurgeAim[] = [
  { all: true },
  { key: 'k' },
  { key: 'other' },
  { surrogateKey: 's' },
  { surrogateKey: 't' },
  { surrogateKey: 'other' },
]

function hits(aim: PurgeAim): boolean {
  if ('key' in aim) return aim.key === 'k'
  return 'all' in aim || aim.surrogateKey !== 'other'
}

/** Between purges some leaders come, and the oldest go. */
const purges = fc.array(
  fc.record({
    aim: fc.constantFrom(...AIMS),
    comes: fc.integer({ min: 1, max: 3 }),
    goes: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 60 },
)

test('of the purges since the oldest leader it gives the first that hits, and none from before', () => {
  fc.assert(
    fc.property(purges, (steps) => {
      const log = new PurgeLog()
      const past: { readonly aim: PurgeAim; readonly serial: number }[] = []
      let serial = 0
      let oldest = 0
      for (const { aim, comes, goes } of steps) {
        serial += comes
        oldest = Math.min(oldest + goes, serial + 1)
        past.push({ aim, serial })
        log.record(aim, { serial, oldest })
        const known = past.filter((purge) => purge.serial >= oldest && hits(purge.aim))
        for (let since = 0; since <= serial; since++)
          assert.is(log.hitAfter(OBJECT, since), known.find((purge) => purge.serial > since)?.serial)
      }
    }),
    { numRuns: 300 },
  )
})

test.run()
