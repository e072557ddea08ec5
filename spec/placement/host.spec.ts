/** Two threads over a host in another see what two callers over one in their own thread see. */

import { test } from 'uvu'
import { tellTheSame } from './compare.js'

for (const policy of ['rfc9111', 'fastly'] as const) {
  for (const [drivenBy, runs] of [
    ['await', 4],
    ['wait', 3],
    ['mixed', 4],
  ] as const) {
    test(`${policy}: a program sees the same over a host in another thread, driven by ${drivenBy}`, () =>
      tellTheSame(policy, { place: 'here', drivenBy: 'await' }, { place: 'host', drivenBy }, runs))
  }
}

test.run()
