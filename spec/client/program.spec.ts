/** A host thread in programs of every kind: how it is started, and that the programs end by themselves. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const INDEX = new URL('../../lib/index.js', import.meta.url).href

/** Runs `node ...options` with `program` as the last, and gives its exit code and what it wrote. */
async function run(options: readonly string[], program: string): Promise<{ code: number; out: string; error: string }> {
  const child = spawn(process.execPath, [...options, program], { stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text
  })
  const [code] = await once(child, 'close')
  return { code, ...said }
}

const PROGRAM = `
const host = await startHost()
console.log(host.stats().guests)
`

test('a module or a script given on the command line can start a host, and ends by itself', async () => {
  const kinds = {
    module: [['--input-type=module', '--eval'], `import { startHost } from '${INDEX}'; ${PROGRAM}`],
    script: [['--eval'], `import('${INDEX}').then(async ({ startHost }) => { ${PROGRAM} })`],
  } as const
  for (const [kind, [options, program]] of Object.entries(kinds))
    assert.equal(await run(options, program), { code: 0, out: '1\n', error: '' }, kind)
})

test.run()
