/** The flags of a lookup are read back as the one outcome they stand for (semantics 3.1). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TidewaitError } from '../../lib/base/errors.js'
import { outcomeOf } from '../../lib/pending/outcome.js'
import { thrownBy } from '../kit/failures.js'

const [F, U, S, M, E] = [1, 2, 4, 8, 16]

test('each legal combination of lookup flags is one outcome', () => {
  assert.is(outcomeOf(0), 'pass')
  assert.is(outcomeOf(F | U), 'hit')
  assert.is(outcomeOf(F | U | S), 'stale')
  assert.is(outcomeOf(F | U | S | M), 'stale-lead')
  assert.is(outcomeOf(F | U | S | E), 'stale-if-error')
  assert.is(outcomeOf(M), 'lead')
  assert.is(outcomeOf(S | M | E), 'lead-if-error')
})

test('any other combination of lookup flags is an error with blame bug', () => {
  const legal = [0, F | U, F | U | S, F | U | S | M, F | U | S | E, M, S | M | E]
  for (let flags = 0; flags < 32; flags++) {
    if (legal.includes(flags)) continue
    const failure = thrownBy(() => outcomeOf(flags))
    assert.instance(failure, TidewaitError)
    assert.is((failure as TidewaitError).blame, 'bug')
  }
})

test.run()
