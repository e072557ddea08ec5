/**
 * The transactions against the plain model in `spec/kit/model.ts`, over random interleavings (T108).
 *
 * Each of these faults, planted alone and with the cache's own invariants switched off, made it fail:
 *
 * - a leader that closes promotes nobody (lost wake-up); waiters are promoted last come, first served
 * - every lookup in the stale window leads (double obligation); a leader whose lease lapsed keeps its obligation
 * - an edit is stored in the head
 * - a stale answer is served past its window; a second soft purge moves the first
 * - choosing stale releases the waiters of another variant
 * - freshness is judged by something else than the start of the lookup
 * - the waiters of the slot that a leader's object landed in are not looked up again
 * - a validation revives a purged object; an answer fetched before a hard purge is stored as fresh
 * - a wait that is over leaves its timer behind; purges are forgotten too early, or never
 * - an answer without a lookup is overtaken by its own purges, or by none of the purges made on its way
 */

import fc from 'fast-check'
import { test } from 'uvu'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import { Pair } from './model-pair.js'
import { step } from './model-steps.js'

/** Runs for each of the three policies, 10,500 in all; set it for a longer soak. A seed that failed can be played again. */
const { MODEL_RUNS = '3500', MODEL_SEED } = process.env
const STEPS = 40

const SWITCHES = fc.record<Partial<Policy>>({
  markerMode: fc.constantFrom('pass', 'miss'),
  onDeclined: fc.constantFrom('release-all', 'promote-one'),
  onFailed: fc.constantFrom('share', 'promote-one'),
  shareUnfresh: fc.constantFrom<Policy['shareUnfresh']>('alike', true, false),
  purgeGeneration: fc.boolean(),
})

const POLICIES: readonly [string, fc.Arbitrary<Policy>][] = [
  ['rfc9111', fc.constant(rfc9111)],
  ['fastly', fc.constant(fastly)],
  ['any mixture', SWITCHES.map((switches) => ({ ...rfc9111, ...switches }))],
]

for (const [name, policies] of POLICIES) {
  test(`${name}: T108 after each step of any history, the cache and its model show the same`, () => {
    const steps = fc.array(step, { maxLength: STEPS, size: 'max' })
    const property = fc.property(policies, steps, (policy, given) => {
      const pair = new Pair(policy)
      for (const each of given) {
        pair.run(each)
        pair.compare()
      }
      pair.end()
    })
    const seed = MODEL_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(MODEL_SEED)
    console.log(`seed ${seed}: ${name}, ${MODEL_RUNS} runs`)
    fc.assert(property, { numRuns: Number(MODEL_RUNS), seed, verbose: fc.VerbosityLevel.None })
  })
}

test.run()
