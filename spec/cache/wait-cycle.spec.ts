/** Who is asked for by a hook never waits for a fetch that waits for that hook; it leads beside whoever leads. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { fill, open, said } from './fixture.js'

function stage() {
  const { lookup, cache } = open()
  return { cache, ask: (key: string, madeBy?: Entry) => lookup({}, madeBy === undefined ? { key } : { key, madeBy }) }
}

test('two hooks that ask for what the other one fetches: the second to ask leads', () => {
  const { ask, cache } = stage()
  const [a, b] = [ask('a'), ask('b')]
  const first = ask('b', a)
  const second = ask('a', b)
  assert.equal([first, second].map(said), ['waiting', 'lead'])
  assert.not(second.collapsed)
  assert.is(cache.stats().collapsed, 1)
  fill(second, 'answer', { maxAgeMs: 1000 })
  fill(b, 'answer', { maxAgeMs: 1000 })
  assert.is(said(first), 'hit')
})

test('three hooks in a ring: the last to ask leads', () => {
  const { ask } = stage()
  const [a, b, c] = [ask('a'), ask('b'), ask('c')]
  const asked = [ask('b', a), ask('c', b), ask('a', c)]
  assert.equal(asked.map(said), ['waiting', 'waiting', 'lead'])
})

test('hooks of requests that hooks have made wait as well, at any depth', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  const inner = ask('x', ask('y', a))
  assert.is(said(inner), 'lead')
  assert.is(said(ask('b', inner)), 'waiting')
  assert.is(said(ask('a', ask('z', b))), 'lead')
})

test('somebody in line before them is part of a ring too', () => {
  const { ask } = stage()
  const [a, b, c] = [ask('a'), ask('b'), ask('c')]
  ask('b', a)
  assert.is(said(ask('c', b)), 'waiting')
  assert.is(said(ask('b', c)), 'lead')
})

test('a hook that asks for what somebody else fetches waits for it, as does who no hook has made', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  assert.equal([ask('b', a), ask('b', a), ask('a'), ask('b')].map(said), Array(4).fill('waiting'))
  assert.is(said(ask('c', b)), 'lead')
})

test('what is over holds nobody up', () => {
  const { ask } = stage()
  const [a, b] = [ask('a'), ask('b')]
  ask('b', a).close()
  assert.is(said(ask('a', b)), 'waiting')
})

test('who goes on after what has made it was over holds up nobody behind that', () => {
  const { ask } = stage()
  const a = ask('a')
  const over = ask('b', a)
  const left = ask('c', over)
  over.close()
  assert.is(said(ask('a', left)), 'waiting')
})

test('a ring that would close when a leader goes is not closed', () => {
  const { ask } = stage()
  const [a, third] = [ask('a'), ask('b')]
  const made = ask('b', a)
  assert.is(said(made), 'waiting')
  const next = ask('b')
  assert.is(said(ask('a', third)), 'lead')
  third.close()
  assert.equal([made, next].map(said), ['lead', 'waiting'])
})

test.run()
