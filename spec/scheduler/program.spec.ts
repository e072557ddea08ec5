/** Random programs against a model written as plainly as can be: no coroutine moves unasked, and no wake-up is lost. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ManualReadiness, ready, Scheduler } from '../../lib/scheduler/index.js'
import { microtasks } from './fixture.js'
import { BEGUN_ON_ITS_WAY, CUT_BY_ITS_OWNER, command, TAKEN_BACK } from './program-commands.js'
import { Stage } from './program-stage.js'

test('a coroutine moves only when its handle is ready, undriven if awaited, ends once, and loses no wake-up', async () => {
  const between = fc.constantFrom('at once' as const, 'at rest' as const)
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), between, (program, pace) => new Stage().run(program, pace)),
    {
      numRuns: 400,
      examples: [
        [TAKEN_BACK, 'at once'],
        [BEGUN_ON_ITS_WAY, 'at rest'],
        [CUT_BY_ITS_OWNER, 'at once'],
      ],
    },
  )
})

test('an answer is the same whichever drivers took turns to get it', async () => {
  const driver = fc.constantFrom('poll', 'turn', 'await', 'microtasks')
  await fc.assert(
    fc.asyncProperty(fc.array(driver, { maxLength: 12 }), fc.nat({ max: 5 }), async (drivers, count) => {
      const readiness = new ManualReadiness()
      const scheduler = new Scheduler(readiness)
      const handles = Array.from({ length: count }, () => readiness.open())
      const seen: number[] = []
      const pending = scheduler.spawn(function* () {
        for (const each of handles) {
          yield* ready(each)
          seen.push(each)
        }
        return seen.length
      })
      for (const [i, each] of drivers.entries()) {
        if (each === 'poll') pending.poll()
        else if (each === 'turn') scheduler.turn()
        else if (each === 'await') pending.then()
        else await microtasks()
        const next = handles[i]
        if (next !== undefined) readiness.settle(next)
      }
      for (const each of handles) readiness.settle(each)
      assert.is(pending.wait(), count)
      assert.equal(seen, handles)
      assert.is(await pending, count)
    }),
    { numRuns: 200 },
  )
})

test.run()
