/** Which of many tasks goes next, and what it costs to find out in a crowd. */

import type { Context } from 'effection'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Generations } from '../../lib/scheduler/generations.js'
import { Reducer } from '../../lib/scheduler/reducer.js'

test('the lowest generation goes first, and within it the task that came first, whenever they come', () => {
  const move = fc.oneof(fc.record({ push: fc.nat({ max: 5 }) }), fc.constant('take' as const))
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const generations = new Generations<{ generation: number }>()
      const waiting: { generation: number }[] = []
      for (const each of moves) {
        if (each === 'take') {
          const lowest = Math.min(...waiting.map(({ generation }) => generation))
          const at = waiting.findIndex(({ generation }) => generation === lowest)
          assert.is(generations.take(), at < 0 ? undefined : waiting.splice(at, 1)[0])
        } else {
          const item = { generation: each.push }
          waiting.push(item)
          generations.push(item, each.push)
        }
      }
    }),
  )
})

test('a long queue keeps its order while it is taken from and added to', () => {
  const generations = new Generations<number>()
  let [added, taken] = [1, 1]
  for (let i = 0; i < 5_000; i++) generations.push(added++, 0)
  for (let i = 0; i < 20_000; i++) {
    assert.is(generations.take(), taken++)
    generations.push(added++, 0)
  }
  while (taken < added) assert.is(generations.take(), taken++)
  assert.is(generations.take(), undefined)
})

test('each of a crowd of tasks is asked once how deep it lies, however many come after it', () => {
  const reducer = new Reducer()
  let asked = 0
  const scope = {
    expect(context: Context<unknown>) {
      asked++
      return context.defaultValue
    },
  }
  reducer.hold()
  for (let i = 0; i < 1_000; i++)
    reducer.schedule({ scope, data: { enqueued: false } } as unknown as Parameters<Reducer['schedule']>[0])
  assert.is(asked, 1_000)
})

test.run()
