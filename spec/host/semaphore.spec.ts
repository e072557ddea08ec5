/** A semaphore lets in as many as it may, in the order they came, and whoever waits may leave. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Semaphore } from '../../lib/host/semaphore.js'

function open(most: number) {
  const semaphore = new Semaphore(most)
  const called: string[] = []
  return { called, enter: (who: string, name = 'a') => semaphore.enter(name, () => called.push(who)) }
}

test('so many are let in at once and are not called; the others are, one for each that leaves, in the order they came', () => {
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

test('whoever waits may leave, and lets nobody in by that', () => {
  const { called, enter } = open(1)
  const [one, two, three] = [enter('one'), enter('two'), enter('three')]
  two.leave()
  assert.equal([called, three.state], [[], 'waiting'])
  one.leave()
  assert.equal(called, ['three'])
})

test('to leave twice is to leave once', () => {
  const { called, enter } = open(1)
  const one = enter('one')
  enter('two')
  enter('three')
  one.leave()
  one.leave()
  assert.equal(called, ['two'])
})

test('each name has room of its own', () => {
  const { enter } = open(1)
  assert.equal(
    [enter('one', 'a').state, enter('two', 'b').state, enter('three', 'a').state],
    ['held', 'held', 'waiting'],
  )
})

test.run()
