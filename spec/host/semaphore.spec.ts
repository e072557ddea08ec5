/** A semaphore lets in as many permits as it may, in the order they came, and a permit that waits may leave. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Permit, Semaphore } from '../../lib/host/semaphore.js'

function open(most: number) {
  const semaphore = new Semaphore(most)
  const called: string[] = []
  return { called, enter: (who: string, name = 'a') => semaphore.enter(name, () => called.push(who)) }
}

test('permits that have room are held at once; each that leaves gives its room to the next that waits, in order', () => {
  const { called, enter } = open(2)
  const [one, two, three, four] = [enter('one'), enter('two'), enter('three'), enter('four')]
  assert.equal(
    [one, two, three, four].map(({ state }) => state),
    ['held', 'held', 'waiting', 'waiting'],
  )
  two.leave()
  assert.equal([called, three.state, four.state], [['three'], 'held', 'waiting'])
  one.leave()
  assert.equal(called, ['three', 'four'])
})

test('a permit that waits may leave, and lets no other in by that', () => {
  const { called, enter } = open(1)
  const [one, two, three] = [enter('one'), enter('two'), enter('three')]
  two.leave()
  assert.equal([called, three.state], [[], 'waiting'])
  one.leave()
  assert.equal(called, ['three'])
})

test('a permit that leaves twice gives its room once', () => {
  const { called, enter } = open(1)
  const one = enter('one')
  enter('two')
  enter('three')
  one.leave()
  one.leave()
  assert.equal(called, ['two'])
})

test('each name of a semaphore has room of its own', () => {
  const { enter } = open(1)
  assert.equal(
    [enter('one', 'a').state, enter('two', 'b').state, enter('three', 'a').state],
    ['held', 'held', 'waiting'],
  )
})

/** A permit is asked for, or the permit at that place among those given so far leaves, at once or from within the next call. */
const moves = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('enter' as const), name: fc.constantFrom('a', 'b') }),
    fc.record({ do: fc.constantFrom('leave' as const, 'leave when called' as const), at: fc.nat(30) }),
  ),
  { maxLength: 60 },
)

test('a semaphore does as a counter and a queue for each name do, whichever permit leaves, and whenever', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), moves, (most, play) => {
      const semaphore = new Semaphore(most)
      const permits: Permit[] = []
      const expected: { name: string; state: Permit['state'] }[] = []
      const called: number[] = []
      const due: number[] = []
      const calledAsExpected: number[] = []
      const held = (name: string) => expected.filter((each) => each.name === name && each.state === 'held').length
      const leaves = (at: number, dueThen: number[]): void => {
        const leaver = expected[at]
        if (leaver === undefined || leaver.state === 'left') return
        const before = leaver.state
        leaver.state = 'left'
        if (before === 'waiting') return
        const next = expected.findIndex(({ name, state }) => name === leaver.name && state === 'waiting')
        if (next === -1) return
        ;(expected[next] as { state: string }).state = 'held'
        calledAsExpected.push(next)
        const also = dueThen.shift()
        if (also !== undefined) leaves(also, dueThen)
      }
      for (const move of play) {
        if (move.do === 'enter') {
          const at = permits.length
          const { name } = move
          expected.push({ name, state: held(name) < most ? 'held' : 'waiting' })
          permits.push(
            semaphore.enter(name, () => {
              called.push(at)
              const also = due.shift()
              if (also !== undefined) permits[also]?.leave()
            }),
          )
        } else if (move.do === 'leave when called') {
          due.push(move.at)
        } else {
          const dueThen = [...due]
          const at = move.at % Math.max(1, permits.length)
          permits[at]?.leave()
          leaves(at, dueThen)
          assert.is(due.length, dueThen.length)
        }
        assert.equal(
          permits.map(({ state }) => state),
          expected.map(({ state }) => state),
        )
        assert.equal(called, calledAsExpected)
      }
    }),
  )
})

test.run()
