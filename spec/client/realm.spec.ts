/** The library in a realm of its own knows values of another realm for what they are. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const PROGRAM = fileURLToPath(new URL('./realm-program.js', import.meta.url))

const OUTCOMES = [
  'refused: ConnectionRefused',
  'aborted: Cancelled',
  'lost by a fetch of the program: ConnectionTerminated',
  'text: said',
  'bytes: said',
  'stream: said',
  'key: 1',
  'transform: another',
  'its own hook: Custom',
]

test("errors, bytes, hooks and tickets of another realm mean what those of the library's own mean", async () => {
  const options = ['--experimental-vm-modules', '--no-warnings']
  const { stdout } = await promisify(execFile)(process.execPath, [...options, PROGRAM])
  const expected = ['here', 'host thread'].flatMap((placement) => OUTCOMES.map((each) => `${placement}: ${each}`))
  assert.equal(stdout.trim().split('\n'), expected)
})

test.run()
