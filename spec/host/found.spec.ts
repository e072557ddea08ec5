/** A found response is adapted once for requests that find the same, and anew for every other. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import type { Snapshot } from '../../lib/cache/snapshot.js'
import type { Standing } from '../../lib/cache/standings.js'
import type { Transactions } from '../../lib/cache/transactions.js'
import { Findings } from '../../lib/host/found.js'
import type { Fields, RequestHead } from '../../lib/http/message.js'
import { resolvePolicy } from '../../lib/http/policy.js'
import { TestClock } from '../kit/test-clock.js'

const GET: RequestHead = { method: 'GET', url: 'http://a/', fields: [] }
const HEAD = { status: 200, statusText: 'OK', fields: [] as Fields }

/** What one lookup has found. */
interface Find {
  readonly request: RequestHead
  readonly outcome: Entry['outcome']
  readonly head: typeof HEAD
  readonly length: number | undefined
  readonly storedAtMs: number
  readonly ageMs: number
}

const FIND: Find = { request: GET, outcome: 'hit', head: HEAD, length: 10, storedAtMs: 1000, ageMs: 500 }

function open() {
  let lent: Standing | undefined = { cell: 1, version: 1 }
  const transactions = { lend: () => lent } as unknown as Transactions
  const findings = new Findings({ transactions, policy: resolvePolicy('rfc9111'), clock: new TestClock() })
  return {
    adapted: ({ request, outcome, head, length, storedAtMs, ageMs }: Find) => {
      const object = { head, storedAtMs, ageMs, initialAgeMs: 0, body: { length } } as unknown as Snapshot
      return findings.adapted({ request, outcome } as Entry, object)
    },
    lend: (standing: Standing | undefined) => {
      lent = standing
    },
  }
}

test('requests that find the same at one moment get the very same adapted response, whatever their URL', () => {
  const { adapted } = open()
  const first = adapted(FIND)
  assert.is(adapted({ ...FIND }), first)
  assert.is(adapted({ ...FIND, request: { ...GET, url: 'http://b/', fields: [] } }), first)
})

test('a change of anything that an adapted response depends on makes another one', () => {
  const others: readonly Partial<Find>[] = [
    { request: { ...GET, method: 'HEAD' } },
    { request: { ...GET, fields: [['range', 'bytes=0-1']] } },
    { outcome: 'stale' },
    { head: { ...HEAD } },
    { length: 11 },
    { length: undefined },
    { storedAtMs: 1001 },
    { ageMs: 1500 },
  ]
  const { adapted } = open()
  for (const other of others) {
    const before = adapted(FIND)
    assert.is.not(adapted({ ...FIND, ...other }), before, JSON.stringify(other))
  }
})

test('an object that the host no longer lends is found without a standing', () => {
  const { adapted, lend } = open()
  assert.equal(adapted(FIND).standing, { cell: 1, version: 1, asOfMs: 1500, ageSeconds: 0.5 })
  lend(undefined)
  assert.is(adapted(FIND).standing, undefined)
  lend({ cell: 1, version: 2 })
  assert.is(adapted(FIND).standing?.version, 2)
})

test.run()
