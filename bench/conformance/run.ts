/** `npm run conformance`: runs the public suite through our proxy, and fails if a test that passed before no longer passes. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DECISIONS } from './decisions.js'
import { runThroughProxy } from './run-through-proxy.js'
import { KINDS, lost, missed, scoreOf, table } from './score.js'
import { openSuite, type Results, SUITE } from './suite.js'

const USAGE = `npm run conformance [-- --suite <version>] [--accept | --check]

  --suite    the release of ${SUITE} to run; 0.4.5 by default
  --accept   keep these results even if something was lost
  --check    keep nothing; only say whether something was lost
`

/**
 * The fields of the policy that differ from the default. They suit a user who shares answers with `Set-Cookie` like any other, as RFC
 * 9111 7.3 allows, whose site negotiates languages by quality, and whose origin sends 304 responses with any tag. See README.md.
 */
const FIELDS = ['setCookie=share', 'varyNormalization=by-selection', 'mismatchedValidator=update']
const SETTINGS = ['--policy', ['rfc9111', ...FIELDS].join(',')]

/** The suite counts in seconds of real time, so a busy machine can fail a test. A test is lost only if it fails in so many runs. */
const RUNS = 3

/** Both below the working directory, which npm sets to the package. */
const CACHE = join('node_modules', '.cache', 'tidewait')
const RESULTS = join('bench', 'results', 'conformance.json')

/** What this program reads of the kept results. */
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
  const before = await readKept()
  let results = await runThroughProxy(suite, SETTINGS)
  for (let run = 2; run <= RUNS && lost(before, suite.groups, results).length > 0; run++)
    results = passedInEither(results, await runThroughProxy(suite, SETTINGS))
  console.log(`${SUITE} ${suite.version} through tidewait serve ${SETTINGS.join(' ')}\n\n${table(suite, results)}\n`)
  for (const { id, kind } of missed(suite.groups, results))
    console.log(`  ${kind} ${id}: ${DECISIONS[id] ?? messageOf(results, id)}`)
  const losses = lost(before, suite.groups, results)
  for (const id of losses) console.error(`  LOST ${id}: ${messageOf(results, id)}`)
  if (losses.length > 0 && !values.accept) return 1
  if (values.check) return 0
  await keep(suite.version, scoreOf(suite.groups, results), results)
  console.log(`\n  kept in ${RESULTS}`)
  return 0
}

/** The results of `b`, in which a test also passes if it passed in `a`. */
function passedInEither(a: Results, b: Results): Results {
  return Object.fromEntries(Object.entries(b).map(([id, result]) => [id, a[id] === true ? true : result]))
}

function messageOf(results: Results, id: string): string {
  const result = results[id]
  return result === undefined || result === true ? 'not run' : result.join(': ')
}

async function readKept(): Promise<readonly string[]> {
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
