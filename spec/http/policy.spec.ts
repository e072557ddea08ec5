/** What a policy can be: a preset, or single fields that differ from one. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'
import { fastly, type PolicyChoice, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'

test('without a choice the policy is rfc9111', () => {
  assert.is(resolvePolicy(undefined), rfc9111)
  assert.is(resolvePolicy('rfc9111'), rfc9111)
  assert.is(resolvePolicy('fastly'), fastly)
})

test('single policy fields start from rfc9111, and a spread preset from that preset', () => {
  assert.equal(resolvePolicy({ markerMode: 'pass' }), { ...rfc9111, markerMode: 'pass' })
  assert.equal(resolvePolicy({ ...fastly, markerSeconds: 5 }), { ...fastly, markerSeconds: 5 })
})

test('policies are frozen', () => {
  for (const policy of [rfc9111, fastly, resolvePolicy({ xCache: false })]) assert.ok(Object.isFrozen(policy))
  assert.ok(Object.isFrozen(rfc9111.staleIfErrorStatuses))
})

test('an unknown policy name, field or value is refused', () => {
  const wrong: readonly unknown[] = [
    'varnish',
    null,
    1,
    { heuristics: 1 },
    { toString: 1 },
    { markerMode: 'hit' },
    { defaultFreshnessSeconds: -1 },
    { defaultFreshnessSeconds: Number.NaN },
    { heuristicFraction: 2 },
    { staleIfErrorStatuses: [200] },
    { targetedFields: 'surrogate-control' },
    { targetedFields: ['Surrogate-Control'] },
    { xCache: 1 },
    { markerSeconds: 'forever' },
  ]
  for (const choice of wrong) {
    assert.throws(
      () => resolvePolicy(choice as PolicyChoice),
      (error: unknown) => error instanceof InvalidArgumentError,
      JSON.stringify(choice),
    )
  }
})

/** Where the presets part, and each side's choice. */
const differences: Readonly<Record<string, readonly [rfc: unknown, fastly: unknown]>> = {
  defaultFreshnessSeconds: [0, 3600],
  heuristicFraction: [0.1, 0],
  targetedFields: [['surrogate-control', 'cdn-cache-control'], ['surrogate-control']],
  markerMode: ['miss', 'pass'],
  markerSeconds: [2, 'freshness'],
  onDeclined: ['release-all', 'promote-one'],
  onFailed: ['share', 'promote-one'],
  shareUnfresh: [true, false],
  staleIfErrorStatuses: [[500, 502, 503, 504], []],
  requestDirectives: [true, false],
  invalidation: [true, false],
  transformLeader: [true, false],
  cacheStatus: [true, false],
  xCache: [true, true],
  malformedDirectives: ['refuse', 'refuse'],
}

for (const [field, [rfc, underFastly]] of Object.entries(differences)) {
  test(`policy field ${field} is ${JSON.stringify(rfc)}, under fastly ${JSON.stringify(underFastly)}`, () => {
    assert.equal(Object.entries(rfc9111).find(([name]) => name === field)?.[1], rfc)
    assert.equal(Object.entries(fastly).find(([name]) => name === field)?.[1], underFastly)
  })
}

test.run()
