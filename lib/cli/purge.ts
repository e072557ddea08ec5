/** `tidewait purge`: removes what a running proxy has stored, or ends its freshness. */

import { isSurrogateKey } from '../http/surrogate-keys.js'
import type { PurgeTarget } from '../pending/host.js'
import { readOptions } from './kit/read.js'
import { RUNNING_HELP, RUNNING_OPTIONS, Running } from './kit/running.js'
import { UsageError } from './kit/usage.js'

const HELP = `tidewait purge (--url <url> | --surrogate-key <key> | --all) --admin-port <n>

  --url <url>          all variants of a URL, as clients ask for it: a path and query; of an absolute URL only these count
  --surrogate-key <k>  everything that was answered with this key in \`Surrogate-Key\`
  --all                everything
  --soft               only end freshness: what is stored can be validated, and used stale where allowed; not with --all
${RUNNING_HELP}`

const OPTIONS = {
  ...RUNNING_OPTIONS,
  url: { type: 'string' },
  'surrogate-key': { type: 'string' },
  all: { type: 'boolean', default: false },
  soft: { type: 'boolean', default: false },
} as const

/** Returns the exit code. @throws UsageError, CommandError */
export async function purge(argv: readonly string[]): Promise<number> {
  const { values } = readOptions({ args: [...argv], options: OPTIONS }, HELP)
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const target = readTarget(values)
  const running = Running.at(values, HELP)
  const answer = await running.ask<{ purged: number }>('purge', { ...target, soft: values.soft })
  console.log(values.json ? JSON.stringify(answer) : `${answer.purged} purged`)
  return 0
}

function readTarget(values: { url?: string; 'surrogate-key'?: string; all: boolean; soft: boolean }): PurgeTarget {
  const { url, 'surrogate-key': surrogateKey, all, soft } = values
  const targets: PurgeTarget[] = []
  if (url !== undefined) targets.push({ url })
  if (surrogateKey !== undefined) targets.push({ surrogateKey })
  if (all) targets.push({ all })
  const [target, ...more] = targets
  if (target === undefined || more.length > 0)
    throw new UsageError('one of --url, --surrogate-key and --all is needed', HELP)
  if (all && soft) throw new UsageError('everything cannot be purged softly', HELP)
  if (surrogateKey !== undefined && !isSurrogateKey(surrogateKey))
    throw new UsageError(`--surrogate-key: not a surrogate key: ${surrogateKey}`, HELP)
  return target
}
