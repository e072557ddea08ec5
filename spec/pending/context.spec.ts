/** Which lookups a request holds up, so that its own hook must not wait for them: those that wait for its obligation. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GET, setting } from './fixture.js'

test('a leader would block a lookup of the same URL by its hook until it has given its obligation back', () => {
  const { context } = setting()
  const leader = context()
  assert.ok(leader.wouldBlock(GET))
  leader.abandonAfter(new Error('down'))
  assert.not(leader.wouldBlock(GET))
  leader.end()
})

test('a promoted waiter would block a lookup of the same URL by its hook until it has ended', () => {
  const { context } = setting()
  const [leader, next] = [context(), context()]
  leader.end()
  assert.ok(next.wouldBlock(GET))
  next.end()
  assert.not(next.wouldBlock(GET))
})

test.run()
