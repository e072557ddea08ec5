/** Whatever its hooks do, and whenever it is cancelled, a request ends, sends nothing more, and gives all back. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Program, program, Stage } from './hook-programs.js'

// A failure of a child or of a clean-up, beside another failure, is a warning.
process.removeAllListeners('warning')

const LEADER: Program = {
  stored: undefined,
  beforeSend: undefined,
  afterSend: undefined,
  cancelAfter: undefined,
  crowd: 'alone',
  said: 'ConnectionRefused',
}

/** A request that went on, and sent, once its hook had cleaned up. */
const WAITS_IN_ITS_CLEAN_UP: Program = {
  ...LEADER,
  beforeSend: { form: 'generator', acts: ['wait'], cleanUp: ['wait'] },
  cancelAfter: 0,
}

/** A request that opened a stale answer for nobody. */
const FAILS_IN_ITS_CLEAN_UP: Program = {
  ...LEADER,
  stored: 'max-age=10, stale-if-error=100',
  beforeSend: { form: 'generator', acts: ['wait'], cleanUp: ['throw'] },
  cancelAfter: 0,
}

/** A request whose hook's rejection was left unhandled. */
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
