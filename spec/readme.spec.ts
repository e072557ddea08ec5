/** The examples in the README run as they stand, and print what they say they print. */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RESET, startOrigin } from './kit/origin.js'

/** Where the examples say their origin is. */
const ORIGIN = 'http://localhost:8080'
const DEADLINE_MS = 20_000

const compiled = fileURLToPath(new URL('../lib/', import.meta.url))
const root = packageRoot(dirname(compiled))
const readme = await readFile(join(root, 'README.md'), 'utf8')

interface Example {
  readonly heading: string
  readonly code: string
  /** The lines that its comments promise, in order. */
  readonly promised: readonly string[]
}

const examples = [...examplesOf(readme)]

function packageRoot(folder: string): string {
  if (existsSync(join(folder, 'README.md')) && existsSync(join(folder, 'package.json'))) return folder
  if (dirname(folder) === folder) throw new Error('there is no README above this spec')
  return packageRoot(dirname(folder))
}

function* examplesOf(text: string): Generator<Example> {
  const pieces = text.matchAll(/^#+ (?<heading>.+)$|^```js runnable\n(?<code>[\s\S]+?)^```$/gm)
  let last = ''
  for (const { groups = {} } of pieces) {
    const { heading, code } = groups
    if (heading !== undefined) last = heading
    if (code === undefined) continue
    const promised = Array.from(code.matchAll(/\/\/ → (.+)$/gm), ([, line]) => line as string)
    yield { heading: last, code, promised }
  }
}

/** In a folder of its own, where `tidewait` is what was compiled and the origin is the one at `base`. */
async function run(
  example: Example,
  base: string,
): Promise<{ printed: string; complaints: string; code: number | null }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewait-readme-'))
  try {
    const file = join(folder, 'example.mjs')
    const code = example.code
      .replaceAll(ORIGIN, base)
      .replace(/from 'tidewait'/g, `from '${new URL('../lib/index.js', import.meta.url).href}'`)
      .replace(/from 'tidewait\/scheduler'/g, `from '${new URL('../lib/scheduler/index.js', import.meta.url).href}'`)
    await writeFile(file, code)
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    return await nodeRuns(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function nodeRuns(file: string): Promise<{ printed: string; complaints: string; code: number | null }> {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], timeout: DEADLINE_MS })
  let printed = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ printed, complaints, code })))
}

async function storyOrigin() {
  const origin = await startOrigin()
  const fresh = { 'cache-control': 'max-age=60' }
  return origin
    .on('/story', { headers: fresh, body: 'Once upon a tide.' })
    .on('/undated', { body: 'No date.' })
    .on('/private', { headers: { 'cache-control': 'private' }, body: 'My own story.' })
    .on('/chapter/1', { headers: { ...fresh, 'surrogate-key': 'book chapter-1' }, body: 'Chapter one.' })
    .on('/breaks-off', { raw: RESET })
}

test('there are examples of every part', () => {
  assert.ok(examples.length >= 8)
  assert.equal(readme.match(/^```(?:js|ts)(?! runnable$)/gm), null)
})

for (const example of examples) {
  test(`the example under "${example.heading}" prints what it promises`, async () => {
    await using origin = await storyOrigin()
    const { printed, complaints, code } = await run(example, origin.base)
    assert.is(complaints, '')
    assert.is(code, 0)
    assert.ok(example.promised.length > 0)
    const kept = printed.split('\n').filter((line) => example.promised.includes(line))
    assert.equal(kept, example.promised)
  })
}

test.run()
