/** A lookup that a hook makes never waits for a fetch that waits for that hook: it leads beside the leader. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { fill, open, outcomeOf } from './fixture.js'

function stage() {
  const { lookup, cache } = open()
  return { cache, ask: (key: string, madeBy?: Entry) => lookup({}, { key, madeBy }) }
}

test("of two hooks that each look up what the other's request fetches, the second leads", () => {
  const { ask, cache } = stage()
  const [a, b] = [ask('a'), ask('b')]
  const first = ask('b', a)
  const second = ask('a', b)
  assert.equal([first, second].map(outcomeOf), ['waiting', 'lead'])
  assert.not(second.collapsed)
  assert.is(cache.stats().collapsed, 1)
  fill(second, 'answer', { maxAgeMs: 1000 })
  fill(b, 'answer', { maxAgeMs: 1000 })
  assert.is(outcomeOf(first), 'hit')
})

test('of three hooks that look up in a circle, the last leads', () => {
  const { ask } = stage()
  const [a, b, c] = [ask('a'), ask('b'), ask('c')]
  const asked = [ask('b', a), ask('c', b), ask('a', c)]
  assert.equal(asked.map(outcomeOf), ['waiting', 'waiting', 'lead'])
})

test('a wait cycle is found through requests that hooks of hooks have made, at any depth', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  const inner = ask('x', ask('y', a))
  assert.is(outcomeOf(inner), 'lead')
  assert.is(outcomeOf(ask('b', inner)), 'waiting')
  assert.is(outcomeOf(ask('a', ask('z', b))), 'lead')
})

test('a wait cycle is found also where another waiter is ahead in the queue', () => {
  const { ask } = stage()
  const [a, b, c] = [ask('a'), ask('b'), ask('c')]
  ask('b', a)
  assert.is(outcomeOf(ask('c', b)), 'waiting')
  assert.is(outcomeOf(ask('b', c)), 'lead')
})

test('a lookup that closes no wait cycle waits, and so does every lookup that no hook has made', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  assert.equal([ask('b', a), ask('b', a), ask('a'), ask('b')].map(outcomeOf), Array(4).fill('waiting'))
  assert.is(outcomeOf(ask('c', b)), 'lead')
})

test('a lookup that has closed is part of no wait cycle', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  ask('b', a).close()
  assert.is(outcomeOf(ask('a', b)), 'waiting')
})

test('a lookup whose maker has closed holds up no request behind that maker', () => {
  const { ask } = stage()
  const a = ask('a')
  const over = ask('b', a)
  const left = ask('c', over)
  over.close()
  assert.is(outcomeOf(ask('a', left)), 'waiting')
})

test('a wait cycle that would close when a leader leaves is not closed', () => {
  const { ask } = stage()
  const [a, third] = [ask('a'), ask('b')]
  const made = ask('b', a)
  assert.is(outcomeOf(made), 'waiting')
  const next = ask('b')
  assert.is(outcomeOf(ask('a', third)), 'lead')
  third.close()
  assert.equal([made, next].map(outcomeOf), ['lead', 'waiting'])
})

test.run()
