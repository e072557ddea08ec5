/** The examples in the README run as they stand and print what they promise, and its links lead somewhere. */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root, runExample } from './kit/examples.js'
import { storyOrigin } from './kit/story-origin.js'

const readme = await readFile(join(root, 'README.md'), 'utf8')

interface Example {
  readonly heading: string
  readonly code: string
  /** The lines that its comments promise, in order. */
  readonly promised: readonly string[]
}

const examples = [...examplesOf(readme)]

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

test('the README has at least eight examples, and all of them are runnable', () => {
  assert.ok(examples.length >= 8)
  assert.equal(readme.match(/^```(?:js|ts)(?! runnable$)/gm), null)
})

test('every link in the README leads to a file or folder that is there', () => {
  const links = Array.from(readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g), ([, link]) => link as string)
  assert.ok(links.length >= 5)
  assert.equal(
    links.filter((link) => !existsSync(join(root, link))),
    [],
  )
})

for (const example of examples) {
  test(`the example under "${example.heading}" prints what it promises`, async () => {
    await using origin = await storyOrigin()
    const { printed, complaints, code } = await runExample(example.code, origin.base)
    assert.is(complaints, '')
    assert.is(code, 0)
    assert.ok(example.promised.length > 0)
    const kept = printed.split('\n').filter((line) => example.promised.includes(line))
    assert.equal(kept, example.promised, `it printed:\n${printed}`)
  })
}

test.run()
