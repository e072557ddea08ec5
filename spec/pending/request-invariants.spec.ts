/** A request that breaks an invariant is caught at that step (semantics 2.1, 2.9). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Phase } from '../../lib/pending/phase.js'
import { RequestInvariants } from '../../lib/pending/request-invariants.js'
import { thrownBy } from '../kit/failures.js'
import { setting } from './fixture.js'

type Deed = Parameters<RequestInvariants['does']>[0] | Phase

const PHASES: readonly string[] = ['direct', 'await-cache', 'await-backend', 'done'] satisfies readonly Phase[]

function perform(invariants: RequestInvariants, deed: Deed): void {
  if (PHASES.includes(deed)) invariants.enters(deed as Phase)
  else invariants.does(deed as Parameters<RequestInvariants['does']>[0])
}

const GOOD: readonly (readonly [from: Phase, ...deeds: Deed[]])[] = [
  ['await-cache', 'done', 'done'],
  ['await-cache', 'before-send', 'sent', 'await-backend', 'received', 'after-send', 'done'],
  ['await-cache', 'sent', 'await-backend', 'received', 'done'],
  ['await-cache', 'direct', 'before-send', 'sent', 'received', 'done'],
  ['direct', 'sent', 'received', 'done'],
  ['await-cache', 'sent', 'await-backend', 'received', 'sent-again', 'received-again', 'after-send', 'done'],
]

/** The last step of each breaks the rule. */
const BAD: readonly (readonly [rule: string, from: Phase, ...deeds: Deed[]])[] = [
  ['2.1', 'await-cache', 'await-backend', 'direct'],
  ['2.1', 'await-cache', 'await-backend', 'await-cache'],
  ['2.1', 'direct', 'await-backend'],
  ['2.1', 'direct', 'done', 'direct'],
  ['2.9-5', 'await-cache', 'before-send', 'before-send'],
  ['2.9-5', 'await-cache', 'sent', 'before-send'],
  ['2.9-5', 'await-cache', 'sent', 'after-send'],
  ['2.9-5', 'await-cache', 'sent', 'received', 'after-send', 'after-send'],
  ['2.9-6', 'await-cache', 'sent', 'sent'],
  ['2.9-6', 'await-cache', 'sent', 'received', 'sent'],
  ['2.9-6', 'await-cache', 'sent', 'sent-again'],
  ['2.9-6', 'await-cache', 'sent', 'received', 'sent-again', 'received-again', 'sent-again'],
  ['2.9-7', 'await-cache', 'done', 'sent'],
]

test('each legal order of steps is accepted', () => {
  for (const [from, ...deeds] of GOOD) {
    const invariants = new RequestInvariants(from)
    for (const deed of deeds) perform(invariants, deed)
  }
})

test('an illegal step is caught, and its error names the rule', () => {
  for (const [rule, from, ...deeds] of BAD) {
    const invariants = new RequestInvariants(from)
    for (const deed of deeds.slice(0, -1)) perform(invariants, deed)
    const failure = thrownBy(() => perform(invariants, deeds.at(-1) as Deed)) as Error
    assert.ok(failure.message.includes(rule), `${deeds.join()}: ${failure.message}`)
  }
})

test('where invariants are on, a second send of a request is caught when it is made', () => {
  const { host, context } = setting()
  const watched = context()
  watched.fetches(host.pipe().body)
  assert.throws(() => watched.sends(host.pipe().body), /2\.9-6/)
})

test.run()
