/** Whatever its hooks do, and whenever it is cancelled: a request ends, sends nothing more, and gives all back. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, program, Stage } from './hook-programs.js'

// What a child or a clean-up fails with beside another failure is a warning.
process.removeAllListeners('warning')

const LEADER: Program = {
  stored: undefined,
  beforeSend: undefined,
  afterSend: undefined,
  cancelAfter: undefined,
  crowd: 'alone',
  said: 'ConnectionRefused',
}

/** It went on, and sent, when its hook had cleaned up. */
const WAITS_IN_ITS_CLEAN_UP: Program = {
  ...LEADER,
  beforeSend: { form: 'generator', acts: ['wait'], cleanUp: ['wait'] },
  cancelAfter: 0,
}

/** A stale answer was opened for nobody. */
const FAILS_IN_ITS_CLEAN_UP: Program = {
  ...LEADER,
  stored: 'max-age=10, stale-if-error=100',
  beforeSend: { form: 'generator', acts: ['wait'], cleanUp: ['throw'] },
  cancelAfter: 0,
}

/** Nobody heard of the rejection. */
const CANCELS_AND_REJECTS: Program = {
  ...LEADER,
  beforeSend: { form: 'promise', acts: ['cancel', 'throw'], cleanUp: [] },
}

test('a request ends whatever its hooks do, sends nothing once it was cancelled, and gives all back', async () => {
  const unhandled: unknown[] = []
  const note = (failure: unknown) => unhandled.push(failure)
  process.on('unhandledRejection', note)
  await fc.assert(
    fc.asyncProperty(program, async (each) => {
      await new Stage().run(each)
      assert.equal(unhandled.splice(0), [])
    }),
    { numRuns: 300, examples: [[WAITS_IN_ITS_CLEAN_UP], [FAILS_IN_ITS_CLEAN_UP], [CANCELS_AND_REJECTS]] },
  )
  process.off('unhandledRejection', note)
})

test.run()
