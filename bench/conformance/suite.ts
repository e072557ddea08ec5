/** Fetches the public suite `http-cache-tests`, once and outside the dependencies, and reads its tests and published results. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

export const SUITE = 'http-cache-tests'
/** The one dependency that the suite's command line client needs; the others are for the suite's web pages. */
const CLIENT_NEEDS = 'node-fetch@2.7.0'

/** `required`: an RFC demands it; `optimal`: a good cache does it; `check`: no answer is right or wrong. */
export type Kind = 'required' | 'optimal' | 'check'

export interface Test {
  readonly id: string
  readonly name: string
  readonly kind: Kind
}

export interface Group {
  readonly name: string
  readonly tests: readonly Test[]
}

/** By test id: `true` if the test passed, else what went wrong. */
export type Results = Readonly<Record<string, true | readonly [what: string, message: string]>>

/** The results of another cache, published with the suite. */
export interface Published {
  readonly name: string
  readonly version: string
  readonly results: Results
}

export interface Suite {
  readonly folder: string
  readonly version: string
  readonly groups: readonly Group[]
  readonly published: readonly Published[]
}

/** Fetches `version` unless `cache` has it already, and reads it. */
export async function openSuite(version: string, cache: string): Promise<Suite> {
  const target = join(cache, `${SUITE}-${version}`)
  if (!existsSync(target)) await fetchSuite(version, target)
  const folder = join(target, 'package')
  return { folder, version, groups: await readGroups(folder), published: await readPublished(folder) }
}

/** Fetches into another folder and renames that at the end, so that an aborted run leaves no incomplete suite in `target`. */
async function fetchSuite(version: string, target: string): Promise<void> {
  const partial = `${target}.${process.pid}`
  await mkdir(partial, { recursive: true })
  try {
    await writeFile(join(partial, 'package.json'), '{ "private": true }\n')
    await run('npm', ['pack', '--silent', `${SUITE}@${version}`], partial)
    await run('tar', ['-xzf', `${SUITE}-${version}.tgz`], partial)
    await run('npm', ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', CLIENT_NEEDS], partial)
    await rename(partial, target)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function run(command: string, argv: readonly string[], folder: string): Promise<void> {
  await promisify(execFile)(command, argv, { cwd: folder })
}

interface RawTest {
  readonly id: string
  readonly name: string
  readonly kind?: Kind
  readonly browser_only?: boolean
}

interface RawGroup {
  readonly name: string
  readonly tests: readonly RawTest[]
}

/** The groups that the suite's command line client runs: those of the index, and the one for `Surrogate-Control`. */
async function readGroups(folder: string): Promise<Group[]> {
  const index = await load<readonly RawGroup[]>(join(folder, 'tests', 'index.mjs'))
  const surrogates = await load<RawGroup>(join(folder, 'tests', 'surrogate-control.mjs'))
  return [...index, surrogates].map(({ name, tests }) => ({
    name,
    tests: tests
      .filter((test) => test.browser_only !== true)
      .map(({ id, name, kind = 'required' }) => ({ id, name, kind })),
  }))
}

interface RawPublished {
  readonly file: string
  readonly name: string
  readonly type: string
  readonly version: string
}

/** The published results of proxies and delivery networks. Browsers are left out, because they are private caches. */
async function readPublished(folder: string): Promise<Published[]> {
  const index = await load<readonly RawPublished[]>(join(folder, 'results', 'index.mjs'))
  const shared = index.filter(({ type }) => type !== 'browser')
  return Promise.all(
    shared.map(async ({ file, name, version }) => ({
      name,
      version,
      results: JSON.parse(await readFile(join(folder, 'results', file), 'utf8')) as Results,
    })),
  )
}

async function load<T>(file: string): Promise<T> {
  return ((await import(pathToFileURL(file).href)) as { default: T }).default
}
