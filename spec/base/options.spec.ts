/** An unknown option is refused at the call, and the error names the options there are. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, openCache } from '../../lib/index.js'

function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    assert.instance(error, InvalidArgumentError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

test('an unknown option is refused at the call, and the error names the options there are', () => {
  const message = refusal(() => openCache({ maxBytes: 1024 } as never))
  assert.match(message, /no option maxBytes; there are: .*\bstore\b/)
})

test('an unknown option inside an option is refused under its whole name', () => {
  const message = refusal(() => openCache({ store: { kind: 'memory', bytes: 1024 } as never }))
  assert.match(message, /no option store\.bytes; there are: .*\bmaxBytes\b/)
})

test.run()
