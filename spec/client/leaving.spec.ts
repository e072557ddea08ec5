/** A process does not end during a background fetch, though nobody looks at it (semantics 2.7-6, T41). */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startOrigin } from '../kit/origin.js'

const LEAVER = fileURLToPath(new URL('./leaver.js', import.meta.url))
const STALE = { 'Cache-Control': 'max-age=0, stale-while-revalidate=60' }

for (const placement of ['here', 'host']) {
  test(`${placement}: T41 the end of the process waits for the background fetch of a stale answer, and for nothing else`, async () => {
    await using origin = await startOrigin()
    const gates = origin.on('/page', { headers: STALE, body: 'page' })
    const child = spawn(process.execPath, [LEAVER, placement, origin.url('/page')], { stdio: 'inherit' })
    const exited = once(child, 'exit')
    await origin.arrived('/page', 1)
    const gate = gates.hold('/page')
    await origin.arrived('/page', 2)
    // Time enough to end, for a process that would not wait.
    for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate)
    gate.open()
    assert.equal(await exited, [0, null])
  })
}

test.run()
