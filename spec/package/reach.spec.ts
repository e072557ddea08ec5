/** From a public name on, the types of the published declarations lead to shapes, and to no machinery. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const lib = fileURLToPath(new URL('../../lib/', import.meta.url))
const ENTRIES = ['index.d.ts', 'scheduler/index.d.ts', 'proxy/index.d.ts']

/** One declaration file: what it declares, and where the other names in it come from. */
interface Declarations {
  readonly own: ReadonlyMap<string, string>
  readonly elsewhere: ReadonlyMap<string, string>
}

interface Found {
  readonly name: string
  readonly file: string
  readonly text: string
}

const files = new Map<string, Declarations>()

function declarations(file: string): Declarations {
  const known = files.get(file)
  if (known !== undefined) return known
  const text = readFileSync(join(lib, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '')
  const read = { own: ownNames(text), elsewhere: namesFrom(text, file) }
  files.set(file, read)
  return read
}

function ownNames(text: string): Map<string, string> {
  const own = new Map<string, string>()
  for (const block of text.split(/^(?=(?:export |declare |interface |type |class ))/m)) {
    const [, name] = block.match(/^(?:export )?(?:declare )?(?:class|interface|type|const|function) (\w+)/) ?? []
    if (name !== undefined) own.set(name, `${own.get(name) ?? ''}${block}`)
  }
  return own
}

function namesFrom(text: string, file: string): Map<string, string> {
  const clauses = text.matchAll(/(?:import|export) (?:type )?\{([^}]+)\} from '(\.[^']+)\.js'/g)
  return new Map(
    Array.from(clauses, ([, names = '', from = '']) =>
      names.split(',').map((name) => [name.replace(/\btype\b/, '').trim(), join(file, '..', `${from}.d.ts`)] as const),
    ).flat(),
  )
}

/** The file that declares a name used in `file`; `undefined` for a name of the platform or of a package. */
function find(name: string, file: string): Found | undefined {
  const { own, elsewhere } = declarations(file)
  const text = own.get(name)
  if (text !== undefined) return { name, file, text }
  const from = elsewhere.get(name)
  return from === undefined ? undefined : find(name, from)
}

/** All declarations that are reached: the public names first. */
function reached(): { readonly publicNames: readonly Found[]; readonly others: readonly Found[] } {
  const publicNames = ENTRIES.flatMap((entry) =>
    [...declarations(entry).elsewhere.keys()].flatMap((name) => find(name, entry) ?? []),
  )
  const all = new Map(publicNames.map((each) => [each.text, each]))
  for (const { text, file } of all.values()) {
    for (const [name] of text.matchAll(/\b[A-Z]\w+/g)) {
      const next = find(name, file)
      if (next !== undefined && !all.has(next.text)) all.set(next.text, next)
    }
  }
  return {
    publicNames,
    others: [...all.values()].filter(({ text }) => !publicNames.some((each) => each.text === text)),
  }
}

const { publicNames, others } = reached()

test('the public names are there, and lead to other declarations', () => {
  assert.ok(publicNames.length > 50)
  assert.ok(others.some(({ name }) => name === 'HostStats'))
})

test('a declaration that is reached but not public is a shape, but for the bases of pending requests and for counters', () => {
  const classes = others.filter(({ text }) => /^(?:export )?declare (?:abstract )?class /.test(text))
  assert.equal(classes.map(({ name }) => name).sort(), ['Coroutine', 'Tally'])
})

test('a shape that is reached but not public has values, and no methods', () => {
  const interfaces = others.filter(({ text }) => /^(?:export )?interface /.test(text))
  const doers = interfaces.filter(({ text }) => /^ +\w+\??(?:<.*>)?\(/m.test(text))
  assert.ok(interfaces.length > 2)
  assert.equal(
    doers.map(({ name }) => name),
    [],
  )
})

test.run()
