/** The run queue is first come, first served, and keeps nothing that is over. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RunQueue } from '../../lib/scheduler/run-queue.js'

test('the run queue gives items in the order they came, however it has grown', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 20 }), (bursts) => {
      const queue = new RunQueue<number>(() => true)
      const model: number[] = []
      let next = 0
      for (const burst of bursts) {
        for (let i = 0; i < burst; i++) {
          queue.push(next)
          model.push(next++)
        }
        for (let i = 0; i < burst / 2; i++) assert.is(queue.take(), model.shift())
        assert.is(queue.length, model.length)
      }
      assert.equal(queue.entries(), model)
      while (model.length > 0) assert.is(queue.take(), model.shift())
      assert.is(queue.take(), undefined)
    }),
    { numRuns: 100 },
  )
})

test('items of the run queue that still count come in their order, whatever goes out of date meanwhile', () => {
  const step = fc.oneof(
    fc.record({ does: fc.constant('push' as const), count: fc.nat({ max: 600 }) }),
    fc.record({ does: fc.constant('take' as const), count: fc.nat({ max: 600 }) }),
    fc.record({
      does: fc.constant('expire' as const),
      count: fc.nat({ max: 600 }),
      from: fc.constantFrom('first', 'last'),
    }),
    fc.record({ does: fc.constant('trim' as const), count: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const over = new Set<number>()
      const queue = new RunQueue<number>((item) => !over.has(item))
      let model: number[] = []
      let next = 0
      const taken = () => {
        let item = queue.take()
        while (item !== undefined && over.has(item)) item = queue.take()
        return item
      }
      for (const given of steps) {
        for (let left = given.count; left > 0; left--) {
          if (given.does === 'push') {
            queue.push(next)
            model.push(next++)
          } else if (given.does === 'take') assert.is(taken(), model.shift())
        }
        if (given.does === 'expire') {
          const gone = given.from === 'first' ? model.slice(0, given.count) : model.slice(-given.count || model.length)
          for (const item of gone) over.add(item)
          model = model.filter((item) => !over.has(item))
        }
        if (given.does === 'trim') {
          queue.trim()
          if (model.length === 0) assert.is(queue.length, 0)
        }
        assert.equal(queue.entries(), model)
        assert.ok(queue.length >= model.length)
      }
      while (model.length > 0) assert.is(taken(), model.shift())
      assert.is(taken(), undefined)
    }),
    { numRuns: 200 },
  )
})

test('outdated items of the run queue are dropped at both ends by trim, and everywhere when it is full', () => {
  const current = new Set<number>()
  const queue = new RunQueue<number>((item) => current.has(item))
  for (let i = 0; i < 64; i++) queue.push(i)
  for (const i of [10, 20, 30]) current.add(i)
  queue.trim()
  assert.is(queue.length, 21)
  assert.equal(queue.entries(), [10, 20, 30])
  for (let i = 100; queue.length < 64; i++) queue.push(i)
  queue.push(200)
  assert.is(queue.length, 4)
  assert.equal([queue.take(), queue.take(), queue.take(), queue.take()], [10, 20, 30, 200])
})

test('an item that is in the run queue many times is kept once when the queue is full', () => {
  const queue = new RunQueue<number>(() => true)
  for (let i = 0; i < 10_000; i++) queue.push(i % 3)
  assert.ok(queue.length <= 64)
  assert.equal([queue.take(), queue.take(), queue.take()], [0, 1, 2])
})

test.run()
