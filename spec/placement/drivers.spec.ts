/** A request sees the same whichever driver takes it to its end, on a host in this thread. */

import { test } from 'uvu'
import { tellTheSame } from './compare.js'

const AWAIT = { place: 'here', drivenBy: 'await' } as const

for (const policy of ['rfc9111', 'fastly'] as const) {
  for (const drivenBy of ['poll', 'yield*', 'wait', 'mixed'] as const) {
    test(`${policy}: a request driven by ${drivenBy} sees what an awaited one would`, () =>
      tellTheSame(policy, AWAIT, { place: 'here', drivenBy }, 2))
  }
}

test.run()
