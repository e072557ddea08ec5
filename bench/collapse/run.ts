/** `npm run collapse`: runs the suite through tidewait, and through nginx and Varnish if they are installed. */

import { parseArgs } from 'node:util'
import { showProgress } from '../kit/progress.js'
import type { CacheUnderTest } from './caches/cache.js'
import { nginx } from './caches/nginx.js'
import { tidewait } from './caches/tidewait.js'
import { varnish } from './caches/varnish.js'
import { cellsOf, missed } from './cells.js'
import type { Group } from './declaration.js'
import { type Contestant, comparisons, instead, keep, type Report, table } from './report.js'
import { session } from './session.js'
import { groups } from './tests/index.js'

const USAGE = `npm run collapse [-- --callers <n>] [--rounds <n>] [--only <test>]... [--cache <name>]...

  --callers   callers of each test that does not fix their number: 100 by default, 4 at least, 5000 at most
  --rounds    how often each test is played; times are the medians: 5 by default
  --only      play this test alone (may be repeated); keeps no results
  --cache     play through this cache alone (may be repeated): tidewait, nginx, varnish; keeps no results

Exit code: 0 if tidewait passes every required test, 1 if not, 2 for a bad argument.`

const CACHES: readonly CacheUnderTest[] = [tidewait, nginx, varnish]

/** The slack of a busy machine in the limit of `expected_rounds`: a constant, and so much for each caller. */
const SLACK_MS = 1000
const SLACK_PER_CALLER_MS = 3

interface Plan {
  readonly callers: number
  readonly rounds: number
  readonly groups: readonly Group[]
  readonly caches: readonly CacheUnderTest[]
  readonly extent: 'everything' | 'a part'
}

class UsageError extends Error {}

async function main(argv: readonly string[]): Promise<number> {
  const plan = readPlan(argv)
  if (plan === 'help') {
    console.log(USAGE)
    return 0
  }
  const report = await play(plan)
  const { callers, rounds, extent } = plan
  console.log(`collapse: ${callers} callers, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`}`)
  console.log('whether it passed, origin requests, followers to their last byte p50/max\n')
  console.log([table(report), instead(report), comparisons(report)].join('\n\n'))
  if (extent === 'everything') console.log(`\nraw numbers: ${await keep({ callers, rounds }, report)}`)
  const tests = report.groups.flatMap((group) => group.tests)
  return plan.caches.includes(tidewait) && missed(tests, report.cells, tidewait.name).length > 0 ? 1 : 0
}

async function play({ groups, caches, rounds, callers }: Plan): Promise<Report> {
  const { installed, contestants } = await findInstalled(caches)
  const tests = groups.flatMap((group) => group.tests)
  const slackMs = SLACK_MS + SLACK_PER_CALLER_MS * callers
  const played = await session({ tests, caches: installed, callers, rounds, slackMs, progress: showProgress })
  showProgress('')
  return { groups, contestants, cells: cellsOf(played) }
}

/** Finds the caches that are installed, and prints a line for each other one. */
async function findInstalled(caches: readonly CacheUnderTest[]) {
  const installed: CacheUnderTest[] = []
  const contestants: Contestant[] = []
  for (const cache of caches) {
    const version = await cache.version()
    if (version === undefined) console.log(`${cache.name} is not on the PATH: left out`)
    else {
      installed.push(cache)
      contestants.push({ name: cache.name, version })
    }
  }
  return { installed, contestants }
}

function readPlan(argv: readonly string[]): Plan | 'help' {
  const { help, callers, rounds, only, cache } = parsed(argv)
  if (help) return 'help'
  for (const id of only)
    if (!groups.some(({ tests }) => tests.some((test) => test.id === id))) throw unknown('test', id)
  for (const name of cache) if (!CACHES.some((each) => each.name === name)) throw unknown('cache', name)
  const chosen = groups.map((group) => ({ ...group, tests: group.tests.filter(({ id }) => only.includes(id)) }))
  return {
    callers: whole('--callers', callers, 4, 5000),
    rounds: whole('--rounds', rounds, 1, 100),
    groups: only.length === 0 ? groups : chosen.filter(({ tests }) => tests.length > 0),
    caches: cache.length === 0 ? CACHES : CACHES.filter(({ name }) => cache.includes(name)),
    extent: only.length + cache.length === 0 ? 'everything' : 'a part',
  }
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        callers: { type: 'string', default: '100' },
        rounds: { type: 'string', default: '5' },
        only: { type: 'string', multiple: true, default: [] },
        cache: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (failure) {
    throw new UsageError((failure as Error).message)
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= least && number <= most))
    throw new UsageError(`${option}: a whole number from ${least} to ${most}, not ${text}`)
  return number
}

function unknown(what: string, name: string): UsageError {
  return new UsageError(`there is no ${what} ${name}`)
}

// `exit` also kills the processes that were started; the default action of these signals could leave them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (failure: unknown) => {
    console.error(failure instanceof UsageError ? `${failure.message}\n\n${USAGE}` : failure)
    process.exitCode = failure instanceof UsageError ? 2 : 1
  },
)
