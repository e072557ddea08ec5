/** Every public name has a comment, and every example in those comments runs: read from the published declarations. */

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as tidewait from '../../lib/index.js'
import * as proxying from '../../lib/proxy/index.js'
import * as scheduling from '../../lib/scheduler/index.js'
import { runExample } from '../kit/examples.js'
import { storyOrigin } from '../kit/story-origin.js'

const lib = fileURLToPath(new URL('../../lib/', import.meta.url))
const ENTRIES = ['index.d.ts', 'scheduler/index.d.ts', 'proxy/index.d.ts']

/** A public name, and the lines of its declaration with those of its comment before them. */
interface Declared {
  readonly name: string
  readonly file: string
  readonly comment: string
  readonly head: string
  readonly members: readonly Member[]
}

interface Member {
  readonly name: string
  readonly comment: string
}

const declared = publicNames()

function publicNames(): Declared[] {
  const names = new Set<string>()
  for (const entry of ENTRIES) {
    for (const [, list = ''] of readFileSync(lib + entry, 'utf8').matchAll(/export (?:type )?\{([^}]+)\}/g)) {
      for (const name of list.split(',')) names.add(name.replace(/^\s*type\s/, '').trim())
    }
  }
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'))
  return files.filter((file) => !ENTRIES.includes(file)).flatMap((file) => declarationsIn(file, names))
}

function declarationsIn(file: string, names: ReadonlySet<string>): Declared[] {
  const text = readFileSync(lib + file, 'utf8')
  const all = text.matchAll(/^(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?(export (?:declare )?\w+(?: \w+)*? (\w+)\b.*)\n?/gm)
  return Array.from(all, (match): Declared => {
    const [, comment = '', head = '', name = ''] = match
    const rest = text.slice(match.index + match[0].length)
    const body = head.endsWith('{') ? rest.slice(0, rest.search(/^\}/m)) : ''
    return { name, file, comment, head, members: / (?:class|interface) /.test(head) ? membersIn(body) : [] }
  }).filter(({ name }) => names.has(name))
}

/** Members; of a member that is declared several times, the first declaration counts. */
function membersIn(body: string): Member[] {
  const seen = new Set<string>()
  const all = body.matchAll(/^ {4}(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s+)?(?:(?:readonly|get|set|static) )*(\w+)\??[(<:]/gm)
  return Array.from(all, ([, comment = '', name = '']) => ({ comment, name })).filter(({ name }) => {
    if (seen.has(name) || name === 'constructor') return false
    seen.add(name)
    return true
  })
}

function isClass({ head }: Declared): boolean {
  return / class /.test(head)
}

/** The lines of each `@example`, without their stars. */
function examplesIn({ comment }: Pick<Declared, 'comment'>): string[] {
  return Array.from(comment.matchAll(/@example\n([\s\S]*?)(?=^ *\*\/|^ *\* @)/gm), ([, lines = '']) =>
    lines.replaceAll(/^ *\* ?/gm, ''),
  )
}

test('the declarations have names of all kinds', () => {
  assert.ok(declared.length > 50)
  assert.ok(declared.filter(isClass).length > 20)
  assert.ok(declared.flatMap(({ members }) => members).length > 150)
})

test('every public name has a comment', () => {
  const silent = declared.filter(({ comment }) => comment === '')
  assert.equal(
    silent.map(({ name, file }) => `${name} (${file})`),
    [],
  )
})

test('every public member has a comment, where it is declared or in what it implements', () => {
  const said = new Set(
    declared.flatMap(({ members }) => members.filter(({ comment }) => comment !== '')).map(({ name }) => name),
  )
  const silent = declared.flatMap((each) => {
    const inherits = / (?:implements|extends) /.test(each.head)
    return each.members
      .filter(({ name, comment }) => comment === '' && !(inherits && said.has(name)) && name !== 'then')
      .map(({ name }) => `${each.name}.${name}`)
  })
  assert.equal(silent, [])
})

test('no public comment cites the number of a scenario or a question', () => {
  const citing = declared.filter(({ comment, members }) =>
    [comment, ...members.map((member) => member.comment)].some((text) => /\b[TQ]\d+\b/.test(text)),
  )
  assert.equal(
    citing.map(({ name }) => name),
    [],
  )
})

test('every public function, and every class but the errors, has an example', () => {
  const bare = declared.filter((each) => {
    const isError = isClass(each) && /extends TidewaitError|extends Error/.test(each.head)
    return /declare (?:function|class) /.test(each.head) && !isError && examplesIn(each).length === 0
  })
  assert.equal(
    bare.map(({ name }) => name),
    [],
  )
})

/** The names that an example may take for granted, and the code that declares them. */
const GRANTED: Readonly<Record<string, string>> = {
  cache: 'const cache = host.connect()',
  workerData: 'const workerData = { ticket: host.ticket() }',
  file: "const file = new URL('data:text/javascript,')",
  source: "const source = Object.assign(new ManualReadiness(), { take: () => 'a fish' })",
  scheduler: 'const scheduler = new Scheduler(source)',
  handle: 'const handle = source.open()\nsource.settle(handle)',
  readFile: "const readFile = async () => '{}'",
}

const NAMES = [...new Set([tidewait, scheduling, proxying].flatMap((entry) => Object.keys(entry)))]

/** One program for all examples, which prints how each ended: a line of JSON. */
function program(examples: readonly string[]): string {
  return [
    "import { Worker } from 'node:worker_threads'",
    "import ky from 'ky'",
    "import * as tidewait from 'tidewait'",
    "import * as scheduling from 'tidewait/scheduler'",
    "import * as proxying from 'tidewait/proxy'",
    `const { ${NAMES.join(', ')} } = { ...proxying, ...scheduling, ...tidewait }`,
    'const told = console.log',
    'console.log = () => {}',
    'const host = await startHost()',
    ...examples.map(
      (example) => `try {\n${Object.values(GRANTED).join('\n')}\n{\n${example}}\ntold('"fine"')\n${CAUGHT}`,
    ),
    'process.exit()',
  ].join('\n')
}

const CAUGHT = '} catch (failure) {\ntold(JSON.stringify(String(failure?.stack ?? failure)))\n}'

const examples = declared.flatMap(({ name, comment, members }) => [
  ...examplesIn({ comment }).map((example) => ({ of: name, example })),
  ...members.flatMap((member) => examplesIn(member).map((example) => ({ of: `${name}.${member.name}`, example }))),
])

async function endings(): Promise<unknown[]> {
  await using origin = await storyOrigin()
  const { printed, complaints } = await runExample(program(examples.map(({ example }) => example)), origin.base)
  assert.is(complaints, '')
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const ended = await endings()

for (const [at, { of }] of examples.entries()) {
  test(`the example of ${of} runs`, () => {
    assert.is(ended[at], 'fine')
  })
}

test.run()
