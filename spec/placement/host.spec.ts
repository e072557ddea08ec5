/** Two threads over a host in another see what two callers over one in their own thread see. */

import { test } from 'uvu'
import { tellTheSame } from './compare.js'
import { POLICY_NAMES } from './policies.js'

for (const policy of POLICY_NAMES) {
  for (const [drivenBy, runs] of [
    ['await', 3],
    ['wait', 2],
    ['mixed', 3],
  ] as const) {
    test(`${policy}: a program sees the same over a host in another thread, driven by ${drivenBy}`, () =>
      tellTheSame(policy, { place: 'here', drivenBy: 'await' }, { place: 'host', drivenBy }, runs))
  }
}

test.run()
