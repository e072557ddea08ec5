/** `npm run conformance`: the public suite through our proxy; fails where something that passed no longer does. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DECISIONS } from './decisions.js'
import { KINDS, lost, missed, scoreOf, table } from './score.js'
import { openSuite, type Results, SUITE } from './suite.js'
import { runThrough } from './through.js'

const USAGE = `npm run conformance [-- --suite <version>] [--accept | --check]

  --suite    the release of ${SUITE} to run; 0.4.5 by default
  --accept   keep these results even if something was lost
  --check    keep nothing; only say whether something was lost
`

/**
 * What a user would say who takes RFC 9111 7.3 at its word, by which an answer with a cookie is one like any other, whose
 * site negotiates languages by quality, and whose origin takes a 304 for one whatever tag it bears. README.md has the rest.
 */
const FIELDS = ['setCookie=share', 'varyNormalization=by-selection', 'mismatchedValidator=update']
const SETTINGS = ['--policy', ['rfc9111', ...FIELDS].join(',')]

/** The suite counts in seconds of real time: what a busy machine made late, it will not make late so many times. */
const RUNS = 3

/** Both below the working directory, which npm sets to the package. */
const CACHE = join('node_modules', '.cache', 'tidewait')
const RESULTS = join('bench', 'results', 'conformance.json')

interface Kept {
  readonly passed: readonly string[]
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', default: '0.4.5' },
      accept: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const suite = await openSuite(values.suite, CACHE)
  const before = await kept()
  let results = await runThrough(suite, SETTINGS)
  for (let run = 2; run <= RUNS && lost(before, suite.groups, results).length > 0; run++)
    results = either(results, await runThrough(suite, SETTINGS))
  console.log(`${SUITE} ${suite.version} through tidewait serve ${SETTINGS.join(' ')}\n\n${table(suite, results)}\n`)
  for (const { id, kind } of missed(suite.groups, results))
    console.log(`  ${kind} ${id}: ${DECISIONS[id] ?? messageOf(results, id)}`)
  const gone = lost(before, suite.groups, results)
  for (const id of gone) console.error(`  LOST ${id}: ${messageOf(results, id)}`)
  if (gone.length > 0 && !values.accept) return 1
  if (values.check) return 0
  await keep(suite.version, scoreOf(suite.groups, results), results)
  console.log(`\n  kept in ${RESULTS}`)
  return 0
}

function either(a: Results, b: Results): Results {
  return Object.fromEntries(Object.entries(b).map(([id, result]) => [id, a[id] === true ? true : result]))
}

function messageOf(results: Results, id: string): string {
  const result = results[id]
  return result === undefined || result === true ? 'not run' : result.join(': ')
}

async function kept(): Promise<readonly string[]> {
  try {
    return (JSON.parse(await readFile(RESULTS, 'utf8')) as Kept).passed
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw failure
  }
}

async function keep(version: string, score: ReturnType<typeof scoreOf>, results: Results): Promise<void> {
  const ids = Object.keys(results).sort()
  const report = {
    suite: `${SUITE} ${version}`,
    date: new Date().toISOString(),
    node: process.version,
    settings: SETTINGS.join(' '),
    score: Object.fromEntries(KINDS.map((kind) => [kind, `${score[kind].passed}/${score[kind].of}`])),
    passed: ids.filter((id) => results[id] === true),
    failed: Object.fromEntries(ids.filter((id) => results[id] !== true).map((id) => [id, messageOf(results, id)])),
    decidedAgainst: DECISIONS,
  }
  await writeFile(RESULTS, `${JSON.stringify(report, null, 2)}\n`)
}

process.exitCode = await main()
