/** A failure that nobody waits for becomes a warning of the process. */

import { once } from 'node:events'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { warnOf } from '../../lib/base/warn.js'

interface Warning extends Error {
  readonly detail?: string
}

async function warnedOf(failure: unknown): Promise<Warning> {
  const warned = once(process, 'warning')
  warnOf('the work', failure)
  const [warning] = await warned
  return warning
}

const failures: readonly [string, RangeError][] = [
  ['an error', new RangeError('in vain')],
  ['an error of another realm', runInNewContext("new RangeError('in vain')")],
]
for (const [name, failure] of failures) {
  test(`the warning of ${name} gives the message of the error, and its stack beside it`, async () => {
    const { name, message, cause, detail } = await warnedOf(failure)
    assert.equal([name, message, detail], ['TidewaitWarning', 'the work failed: in vain', failure.stack])
    assert.is(cause, failure)
  })
}

test('the warning of a value that is no error shows the value as it is', async () => {
  const { message, detail } = await warnedOf({ said: 'no' })
  assert.is(message, "the work failed: { said: 'no' }")
  assert.is(detail, undefined)
})

test.run()
