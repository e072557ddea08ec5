/** First in, first out, and no item is moved more than once on the way. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Fifo } from '../../lib/base/fifo.js'

test('a fifo gives what a list gives, whatever comes and goes in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: -5, max: 20 }), { freq: 2 }), { maxLength: 100 }), (steps) => {
      const fifo = new Fifo<number>()
      const list: number[] = []
      for (const step of steps) {
        if (step === null) assert.is(fifo.shift(), list.shift())
        else if (step < 0 && step >= -5)
          assert.equal(fifo.takeLast(-step), list.splice(Math.max(0, list.length + step)))
        else {
          fifo.push(step)
          list.push(step)
        }
        assert.is(fifo.size, list.length)
        assert.equal([...fifo], list)
      }
      fifo.clear()
      assert.equal([fifo.size, fifo.shift(), [...fifo]], [0, undefined, []])
    }),
  )
})

test('items that wait behind many are not moved for each of those', () => {
  const many = 1000
  const { slice } = Array.prototype
  let moved = 0
  Array.prototype.slice = function (this: unknown[], start = 0, end) {
    moved += this.length - start
    return slice.call(this, start, end)
  }
  try {
    const fifo = new Fifo<number>()
    for (let item = 0; item < many; item++) fifo.push(item)
    for (let item = 0; item < many; item++) assert.is(fifo.shift(), item)
  } finally {
    Array.prototype.slice = slice
  }
  assert.ok(moved <= many, `${moved} were moved`)
})

test.run()
