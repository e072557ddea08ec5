/** Whom a request holds up, that its own hook must not wait for: only where it owes what they wait for. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GET, setting } from './fixture.js'

test('who leads holds up those who ask for the same, until it has given its obligation back', () => {
  const { context } = setting()
  const leader = context()
  assert.ok(leader.wouldBlock(GET))
  leader.abandon({ because: 'left' })
  assert.not(leader.wouldBlock(GET))
  leader.end()
})

test('who was promoted holds up those who still wait, and nobody any more once it has ended', () => {
  const { context } = setting()
  const [leader, next] = [context(), context()]
  leader.end()
  assert.ok(next.wouldBlock(GET))
  next.end()
  assert.not(next.wouldBlock(GET))
})

test.run()
