/** `tidewait explain`: prints what a running proxy would do with a request, and by which rules. */

import { Explanation } from '../pending/explain.js'
import { readOptions } from './kit/read.js'
import { RUNNING_HELP, RUNNING_OPTIONS, Running } from './kit/running.js'
import { UsageError } from './kit/usage.js'

const HELP = `tidewait explain <url> --admin-port <n>

What would become of this request now, step by step, with the rule each step follows. Nothing is sent, nothing is counted.

  <url>                as a client would ask for it: a path and query; of an absolute URL only these count
  --method <name>      the method; GET by default
  --header <field>     a field of the request, 'Name: value'; may be repeated
${RUNNING_HELP}`

const OPTIONS = {
  ...RUNNING_OPTIONS,
  method: { type: 'string', default: 'GET' },
  header: { type: 'string', multiple: true, default: [] as string[] },
} as const

type Answer = Pick<Explanation, 'decision' | 'cacheStatus' | 'steps'> & {
  readonly method: string
  readonly url: string
}

/** Returns the exit code. @throws UsageError, CommandError */
export async function explain(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions({ args: [...argv], options: OPTIONS, allowPositionals: true }, HELP)
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const [url, ...more] = positionals
  if (url === undefined || more.length > 0) throw new UsageError('one URL is needed', HELP)
  const running = Running.at(values, HELP)
  const headers = values.header.map(readField)
  const answer = await running.ask<Answer>('explain', { url, method: values.method, headers })
  console.log(values.json ? JSON.stringify(answer, null, 2) : formatted(answer))
  return 0
}

function readField(text: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new UsageError(`--header: not a field: ${text}`, HELP)
  return [name, value]
}

function formatted({ method, url, decision, cacheStatus, steps }: Answer): string {
  return String(new Explanation({ method, url, fields: [] }, decision, cacheStatus, steps))
}
