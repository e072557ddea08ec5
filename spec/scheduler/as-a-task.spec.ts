/** A coroutine goes the way that a task of Effection's goes with the same program, also where children fail and it is cancelled. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, program, Stage } from './task-stage.js'

// Two children often fail in these programs, and one of the failures is a warning.
process.removeAllListeners('warning')

/** It went on when its handle was ready, long after its child had failed. */
const CHILD_FAILS: Program = [
  { kind: 'resource', body: [], rest: [{ kind: 'sleep', time: 5 }] },
  { kind: 'spawn', body: [{ kind: 'sleep', time: 1 }, { kind: 'throw' }] },
  { kind: 'ready', time: 3 },
  { kind: 'sleep', time: 1 },
]

test('a program does and comes to the same as a coroutine and as a task', async () => {
  const stopAt = fc.option(fc.nat({ max: 10 }), { nil: undefined })
  await fc.assert(
    fc.asyncProperty(program, stopAt, async (steps, at) => {
      const task = await new Stage().asTask(steps, at)
      if (task.isComparable) assert.equal(await new Stage().asCoroutine(steps, at), task)
    }),
    { numRuns: 300, examples: [[CHILD_FAILS, undefined]] },
  )
})

test.run()
