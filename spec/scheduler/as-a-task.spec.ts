/** A coroutine does what a task of Effection's does with the same program, also where children fail and where it is cancelled. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, program } from './task-programs.js'
import { type Driver, Stage } from './task-stage.js'

// Two children often fail in these programs, and one of the failures is a warning.
process.removeAllListeners('warning')

/** A coroutine that went on when its handle was ready, long after its child had failed. */
const CHILD_FAILS: Program = [
  { kind: 'resource', body: [], rest: [{ kind: 'sleep', time: 5 }] },
  { kind: 'spawn', body: [{ kind: 'sleep', time: 1 }, { kind: 'throw' }] },
  { kind: 'ready', time: 3 },
  { kind: 'sleep', time: 1 },
]

/** A coroutine that was awaited, and whose `finally` block began another without a word to the event loop. */
const BEGINS_ON_ITS_WAY: Program = [
  { kind: 'finally', body: [{ kind: 'race', bodies: [[{ kind: 'suspend' }]] }], rest: [{ kind: 'pending', body: [] }] },
]

/** The language loses the halt behind an inner generator whose `finally` block waits, in a task and in a coroutine. */
const GOES_ON_BEHIND: Program = [
  { kind: 'finally', body: [{ kind: 'suspend' }], rest: [{ kind: 'sleep', time: 1 }] },
  { kind: 'sleep', time: 1 },
]

const driver = fc.constantFrom<Driver[]>('awaited', 'polled', 'owned by a coroutine', 'owned by a task')

test('a program does and comes to the same as a coroutine, by any driver, and as a task', async () => {
  const stopAt = fc.option(fc.nat({ max: 10 }), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(program, stopAt, driver, async (steps, at, by) => {
      const task = await new Stage().asTask(steps, at)
      if (task.isComparable) assert.equal(await new Stage().asCoroutine(steps, at, by), task)
    }),
    {
      numRuns: 300,
      examples: [
        [CHILD_FAILS, undefined, 'awaited'],
        [BEGINS_ON_ITS_WAY, 0, 'awaited'],
        [GOES_ON_BEHIND, 0, 'awaited'],
      ],
    },
  )
})

test.run()
