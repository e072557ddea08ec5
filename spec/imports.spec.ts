/** The picture of `lib/` is kept: imports go down one list, time has one door, every file says its law. */

import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** Layers from the top down, as in the design: a file imports from its own layer and from those below. */
const LAYERS = ['cli', 'proxy', 'client', 'bridge', 'host', 'pending', 'cache', 'store', 'http', 'scheduler', 'base']

/** Layers that may import fewer than all that are below them. */
const ONLY: Readonly<Record<string, readonly string[]>> = { scheduler: ['base'], http: ['base'], base: [] }

const PACKAGES = ['effection', 'ky', 'undici', 'lru-cache', 'structured-headers']

const CLOCK = 'base/clock.ts'
/** A stream may have a timeout of its own: to call it, or to be one, sets no timer here. */
const OF_A_STREAM = /\.setTimeout\(|^ +(?:override )?setTimeout\(.*\): this \{$/gm
const READS_TIME = /\b(?:Date\.now|performance\.now|setTimeout|setInterval|process\.hrtime)\b|\bnew Date\(\)/

interface Import {
  readonly from: string
  readonly to: string
}

interface File {
  readonly path: string
  readonly text: string
}

const root = packageRoot(dirname(fileURLToPath(import.meta.url)))
const lib = join(root, 'lib')
const files = filesIn(lib)

function filesIn(folder: string): File[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path: path.split(sep).join('/'), text: readFileSync(join(folder, path), 'utf8') }))
}

/** The folder of the sources, also for a spec that was compiled to somewhere else. */
function packageRoot(folder: string): string {
  const isRoot = ['package.json', 'tsconfig.json', 'lib'].every((name) => readdirSync(folder).includes(name))
  if (isRoot) return folder
  if (dirname(folder) === folder) return process.cwd()
  return packageRoot(dirname(folder))
}

/** Code without comments: what only mentions a name does not use it. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function importsOf({ path, text }: File): Import[] {
  const clauses = code(text).matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"\n]+)['"]/g)
  return Array.from(clauses, ([, to]) => ({ from: path, to: to as string }))
}

function layerOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'index'
}

function targetOf({ from, to }: Import): string {
  return relative(lib, join(lib, dirname(from), to))
    .split(sep)
    .join('/')
}

function isLocal({ to }: Import): boolean {
  return to.startsWith('.')
}

/** Whether the layer at the top may know the other. */
function mayImport(from: string, to: string): boolean {
  if (from === to || from === 'index') return true
  const allowed = ONLY[from]
  return allowed === undefined ? LAYERS.indexOf(from) < LAYERS.indexOf(to) : allowed.includes(to)
}

const print = ({ from, to }: Import) => `${from} imports ${to}`

test('lib has files, and the files have imports', () => {
  assert.ok(files.length > 10)
  assert.ok(files.flatMap(importsOf).length > files.length)
})

test('every folder of lib is a layer of the design, and only index.ts lies beside them', () => {
  const strangers = files.map(({ path }) => path).filter((path) => !['index', ...LAYERS].includes(layerOf(path)))
  assert.equal(strangers, [])
  const top = files.map(({ path }) => path).filter((path) => layerOf(path) === 'index' && path !== 'index.ts')
  assert.equal(top, [])
})

test('a file imports only from its own layer and from the layers below', () => {
  const upward = files
    .flatMap(importsOf)
    .filter(isLocal)
    .filter((each) => !mayImport(layerOf(each.from), layerOf(targetOf(each))))
  assert.equal(upward.map(print), [])
})

test('the files of a folder import one way', () => {
  const next = new Map(files.map((file) => [file.path, importsOf(file).filter(isLocal).map(sourceOf)]))
  const inCircles = [...next.keys()].filter((path) => reachableFrom(path, next).has(path))
  assert.equal(inCircles, [])
})

test('the folders inside a folder import one way', () => {
  const next = new Map<string, string[]>()
  for (const each of files.flatMap(importsOf).filter(isLocal)) {
    const [from, to] = [dirname(each.from), dirname(targetOf(each))]
    if (from !== to) next.set(from, [...(next.get(from) ?? []), to])
  }
  const inCircles = [...next.keys()].filter((folder) => reachableFrom(folder, next).has(folder))
  assert.equal(inCircles, [])
})

function sourceOf(each: Import): string {
  return targetOf(each).replace(/\.js$/, '.ts')
}

/** All that is imported from `path` on; itself only where that goes in a circle. */
function reachableFrom(path: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>()
  const left = [...(next.get(path) ?? [])]
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (found.has(at)) continue
    found.add(at)
    left.push(...(next.get(at) ?? []))
  }
  return found
}

test('a file in base is needed by several layers', () => {
  const imports = files.flatMap(importsOf).filter(isLocal)
  const lonely = files
    .map(({ path }) => path)
    .filter((path) => layerOf(path) === 'base')
    .filter((path) => {
      const layers = imports.filter((each) => sourceOf(each) === path).map(({ from }) => layerOf(from))
      return new Set(layers.filter((layer) => layer !== 'base')).size < 2
    })
  assert.equal(lonely, [])
})

test('local imports name the compiled file of a source that exists', () => {
  const paths = new Set(files.map(({ path }) => path))
  const dangling = files
    .flatMap(importsOf)
    .filter(isLocal)
    .filter((each) => !each.to.endsWith('.js') || !paths.has(targetOf(each).replace(/\.js$/, '.ts')))
  assert.equal(dangling.map(print), [])
})

test('lib imports only Node and the packages of the design', () => {
  const name = (to: string) => to.split('/')[0] as string
  const strangers = files
    .flatMap(importsOf)
    .filter((each) => !isLocal(each))
    .filter(({ to }) => !to.startsWith('node:') && !PACKAGES.includes(name(to)))
  assert.equal(strangers.map(print), [])
})

/** webpack makes imports by name of what is read from one, and a name that an older Node does not have ends the program. */
test('no module of Node is taken as a namespace', () => {
  const takers = files.filter(({ text }) => /\bimport \* as \w+ from 'node:/.test(code(text))).map(({ path }) => path)
  assert.equal(takers, [])
})

test('the scheduler imports and mentions nothing of HTTP', () => {
  const scheduler = files.filter(({ path }) => layerOf(path) === 'scheduler')
  assert.ok(scheduler.length > 0)
  const networked = scheduler
    .flatMap(importsOf)
    .filter(({ to }) => /^node:(?:https?|http2|net|tls)$|^ky$|^undici$/.test(to))
  assert.equal(networked.map(print), [])
  const spoken = scheduler.filter(({ text }) =>
    /\bhttps?\b|\bfetch\(|\bheaders?\b|\bRequest\b|\bResponse\b/i.test(code(text)),
  )
  assert.equal(
    spoken.map(({ path }) => path),
    [],
  )
})

test('every file of a folder is named in the README of the folder, but for the scenes of the demo', () => {
  const unnamed = LAYERS.flatMap((layer) => {
    const readme = readFileSync(join(root, 'lib', layer, 'README.md'), 'utf8')
    const named = new Set(readme.match(/[\w-]+/g))
    return files
      .map(({ path }) => path)
      .filter((path) => layerOf(path) === layer && !path.startsWith('cli/demo/'))
      .filter((path) => basename(path) !== 'index.ts' && !named.has(basename(path, '.ts')))
  })
  assert.equal(unnamed, [])
})

test('time is read, and timers are set, in one file only', () => {
  const readers = files
    .filter(({ text }) => READS_TIME.test(code(text).replace(OF_A_STREAM, '')))
    .map(({ path }) => path)
  assert.equal(readers, [CLOCK])
})

test('every file begins with the doc comment that says its law, in a line of its own', () => {
  const all = ['lib', 'spec', 'bench'].flatMap((folder) => filesIn(join(root, folder)))
  const silent = all.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*\s+\S(?:(?!\*\/)[\s\S])*\*\/\n(?:\n|$)/.test(text))
  assert.equal(
    silent.map(({ path }) => path),
    [],
  )
})

test.run()
