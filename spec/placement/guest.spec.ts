/** A hook that does nothing takes a request to its own thread, and changes nothing else. */

import { test } from 'uvu'
import { tellTheSame } from './compare.js'

for (const policy of ['rfc9111', 'fastly'] as const) {
  for (const [place, runs] of [
    ['here', 4],
    ['host', 5],
  ] as const) {
    test(`${policy}, ${place}: a program sees the same where every request has hooks`, () =>
      tellTheSame(policy, { place: 'here', drivenBy: 'await' }, { place, drivenBy: 'await', hooks: 'always' }, runs))
  }
}

test.run()
