/** The log knows the first purge that has overtaken a send, and forgets purges that can have overtaken none. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type InFlightSend, type PurgeAim, type Purgeable, PurgeLog } from '../../lib/cache/purge-log.js'
import { heldBy } from '../kit/garbage.js'

const OBJECT: Purgeable = { key: 'k', surrogateKeys: ['s', 't'] }

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

/** Between purges some sends begin, some end in any order, and the answers of some arrive and purge themselves. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('purge' as const), aim: fc.constantFrom(...AIMS) }),
    fc.record({ do: fc.constant('send' as const) }),
    fc.record({ do: fc.constantFrom('end' as const, 'arrive' as const), at: fc.nat(9) }),
  ),
  { maxLength: 60 },
)

test('the log finds the first purge after a send that hits an object, and remembers no purge from before the oldest send', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const log = new PurgeLog()
      const purges: { readonly aim: PurgeAim; readonly serial: number }[] = []
      const underWay: InFlightSend[] = []
      let serial = 0
      for (const step of given) {
        serial += 1
        if (step.do === 'send') underWay.push(log.beginSend(serial))
        else if (step.do === 'purge') {
          purges.push({ aim: step.aim, serial })
          log.record(step.aim, serial)
        } else if (underWay.length > 0) {
          const at = step.at % underWay.length
          if (step.do === 'arrive') (underWay[at] as InFlightSend).ownPurgeSerial = serial
          else for (const inFlight of underWay.splice(at, 1)) inFlight.end()
        }
        for (const inFlight of underWay) {
          const first = purges.find((purge) => purge.serial > inFlight.serial && hits(purge.aim))?.serial
          assert.is(
            log.overtook(inFlight, OBJECT),
            first !== undefined && first < inFlight.ownPurgeSerial ? first : undefined,
          )
        }
        const oldest = Math.min(...underWay.map((inFlight) => inFlight.serial))
        assert.is(log.size, purges.filter((purge) => purge.serial > oldest).length)
      }
      for (const inFlight of underWay) inFlight.end()
      assert.is(log.size, 0)
    }),
    { numRuns: 300 },
  )
})

test('a full log drops its oldest purges, and a send from before a dropped purge counts as overtaken', () => {
  const log = new PurgeLog(2)
  const forgotten = log.beginSend(1)
  log.record({ key: 'other' }, 2)
  const slow = log.beginSend(3)
  for (const serial of [4, 5]) log.record({ key: 'other' }, serial)
  assert.equal([log.size, log.overtook(forgotten, OBJECT), log.overtook(slow, OBJECT)], [2, 2, undefined])
  const quick = log.beginSend(6)
  log.record({ key: 'k' }, 7)
  assert.equal([log.size, log.overtook(slow, OBJECT), log.overtook(quick, OBJECT)], [2, 4, 7])
  for (const inFlight of [forgotten, slow, quick]) inFlight.end()
  assert.is(log.size, 0)
})

test('ending one send twice ends no other send', () => {
  const log = new PurgeLog()
  const [first, second] = [log.beginSend(1), log.beginSend(2)]
  log.record({ all: true }, 3)
  first.end()
  first.end()
  assert.is(log.overtook(second, OBJECT), 3)
  second.end()
  assert.is(log.size, 0)
})

test('the log holds nothing of the purges that it has forgotten, however many names they had', () => {
  const log = new PurgeLog()
  const PURGES = 10_000
  const held = heldBy(() => {
    const slow = log.beginSend(0)
    for (let serial = 1; serial <= PURGES; serial++) log.record({ surrogateKey: `purged-${serial}` }, serial)
    slow.end()
  })
  assert.is(log.size, 0)
  assert.ok(held < 20 * PURGES, `${held} bytes`)
})

test.run()
