/** A program's own `fetch` goes over the connections it has without this library. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const run = promisify(execFile)

for (const entry of ['index', 'proxy/index', 'host/connections']) {
  test(`importing ${entry} leaves the dispatcher of fetch to the platform`, async () => {
    const program = `
      await import(${JSON.stringify(new URL(`../../lib/${entry}.js`, import.meta.url).href)})
      new Headers()
      const { Agent, getGlobalDispatcher } = await import(${JSON.stringify(import.meta.resolve('undici'))})
      console.log(getGlobalDispatcher() instanceof Agent ? 'the package' : 'the platform')`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program])
    assert.is(stdout.trim(), 'the platform')
  })
}

test.run()
