/** A hook that does nothing takes a request to its own thread, and changes nothing else. */

import { test } from 'uvu'
import { tellTheSame } from './compare.js'
import { POLICY_NAMES } from './policies.js'

for (const policy of POLICY_NAMES) {
  for (const [place, runs] of [
    ['here', 3],
    ['host', 3],
  ] as const) {
    test(`${policy}, ${place}: a program sees the same where every request has hooks`, () =>
      tellTheSame(policy, { place: 'here', drivenBy: 'await' }, { place, drivenBy: 'await', hooks: 'always' }, runs))
  }
}

test.run()
