/** The clock of the specs moves only when told, and fires the timers that are due on the way. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TestClock } from './test-clock.js'

test('timers fire in the order they are due, each at its own time, those set on the way included', () => {
  const clock = new TestClock()
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, clock.now()])
  clock.setTimer(30, note('c'))
  clock.setTimer(10, () => {
    note('a')()
    clock.setTimer(5, note('b'))
  })
  clock.setTimer(30, note('d'))
  const cancel = clock.setTimer(20, note('never'))
  cancel()
  clock.setTimer(100, note('later'))
  clock.advance(50)
  assert.equal(fired, [
    ['a', 10],
    ['b', 15],
    ['c', 30],
    ['d', 30],
  ])
  assert.equal([clock.now(), clock.pending()], [50, 1])
})

test.run()
