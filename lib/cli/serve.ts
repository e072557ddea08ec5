/** `tidewait serve`: runs a caching reverse proxy until a signal stops it. */

import { setFlagsFromString } from 'node:v8'
import { systemClock } from '../base/clock.js'
import { openCache } from '../client/open-cache.js'
import { baseUrl } from '../http/base-url.js'
import { fastly, type PolicyChoice, resolvePolicy, rfc9111 } from '../http/policy.js'
import { Admin, createProxy } from '../proxy/index.js'
import { parseBytes } from './kit/bytes.js'
import { logTo } from './kit/log.js'
import { readHost, readOptions, readPort } from './kit/read.js'
import { CommandError, UsageError } from './kit/usage.js'

const HELP = `tidewait serve --origin <url> --port <n>

  --origin <url>       where requests go: scheme, host and port, and a path to put before each request's own
  --port <n>           the port to listen on; 0 is any free port
  --host <address>     the address to listen on; 127.0.0.1 by default
  --policy <name>      rfc9111 (the default) or fastly, and fields to change: rfc9111,setCookie=share,cacheStatus=false
  --max-bytes <size>   how much the store holds at most; 256MiB by default; B, KiB, MiB, GiB
  --max-body <size>    how long a request's body may be; 64MiB by default
  --drain <seconds>    how long requests under way may take to finish at the end; 10 by default
  --admin-port <n>     the port for \`tidewait stats\`, \`explain\` and \`purge\`; without this there is none
  --admin-host <addr>  the address of that port; 127.0.0.1 by default
  --quiet              no access log
  --help               print this text

For an https origin with a certificate of your own authority, name the authority's file in NODE_EXTRA_CA_CERTS.

A line for each request goes to standard output: time, client, request, status, bytes, duration, what the cache did,
whether the whole answer was sent, and why a fetch failed, if one did. Where the reader of these lines is 16 MiB behind,
further lines are lost, and standard error says how many. SIGINT or SIGTERM stops the proxy: it takes no new connections,
requests under way finish, and what is left of the log can be read for as long. A second signal ends it at once. Exit
code: 0 after a stop, 1 if it cannot listen, 2 for a bad argument.`

const LOOPBACK = '127.0.0.1'

/** How long the reader of the log has at the end for the last lines, even with `--drain 0`. */
const LEAST_READING_MS = 1000

const OPTIONS = {
  origin: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string', default: LOOPBACK },
  policy: { type: 'string', default: 'rfc9111' },
  'max-bytes': { type: 'string', default: '256MiB' },
  'max-body': { type: 'string', default: '64MiB' },
  drain: { type: 'string', default: '10' },
  'admin-port': { type: 'string' },
  'admin-host': { type: 'string' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/**
 * Keeps V8 from dropping the bytecode of functions that have not run lately: many clients may come at once after a quiet time, and
 * would wait while V8 compiles these functions again.
 */
function keepCode(): void {
  setFlagsFromString('--no-flush-bytecode')
}

/** The checked command line, complete before the first socket is opened. */
interface Plan {
  readonly origin: string
  readonly port: number
  readonly host: string
  readonly policy: PolicyChoice
  readonly maxBytes: number
  readonly maxBodyBytes: number
  readonly drainMs: number
  readonly adminPort: number | undefined
  readonly adminHost: string
  readonly log: 'stdout' | 'none'
}

/** Returns when a signal has stopped the proxy and all has ended. @throws UsageError, CommandError */
export async function serve(argv: readonly string[]): Promise<number> {
  const plan = readPlan(argv)
  if (plan === 'help') {
    console.log(HELP)
    return 0
  }
  keepCode()
  const stop = stopSignal()
  const { origin, policy, maxBytes, maxBodyBytes, drainMs } = plan
  const cache = openCache({ policy, store: { kind: 'memory', maxBytes } })
  const proxy = createProxy(cache, {
    origin,
    maxBodyBytes,
    ...(plan.log === 'stdout' && { accessLog: logTo(process.stdout, console.error) }),
  })
  const admin = new Admin({
    stats: () => ({ proxy: proxy.stats(), cache: cache.stats() }),
    explain: (asked) => proxy.explain(asked),
    purge: (order) => proxy.purge(order),
  })
  try {
    const { url } = await listening(proxy.listen({ port: plan.port, host: plan.host }))
    console.error(`listening on ${url}, origin ${origin}`)
    if (plan.adminPort !== undefined)
      console.error(`admin at ${await listening(admin.listen({ port: plan.adminPort, host: plan.adminHost }))}`)
    console.error(`${await stop}: draining for ${drainMs / 1000} s at most`)
  } finally {
    await proxy.close({ drainMs })
    await cache.close({ drainMs })
    await admin[Symbol.asyncDispose]()
    endUnread(drainMs)
  }
  return 0
}

/** Turns a failure to listen into a `CommandError`, which prints without a stack: a taken port is no fault of this program. */
async function listening<T>(attempt: Promise<T>): Promise<T> {
  return attempt.catch((failure: Error) => {
    throw new CommandError(failure.message)
  })
}

/** Lines of the log that wait for its reader keep the process running. Ends it if they were not read in time, and says so. */
function endUnread(drainMs: number): void {
  const end = () => {
    const unread = process.stdout.writableLength
    if (unread > 0) console.error(`the end of the access log is lost: up to ${unread} bytes were not read`)
    process.exit()
  }
  systemClock.setTimer(Math.max(drainMs, LEAST_READING_MS), end, { keepAlive: false })
}

/** Resolves with the first signal. A second signal, of either kind, finds no listener and ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  const signals = ['SIGINT', 'SIGTERM'] as const
  return new Promise((resolve) => {
    const heard = (first: NodeJS.Signals) => {
      for (const name of signals) process.off(name, heard)
      resolve(first)
    }
    for (const name of signals) process.on(name, heard)
  })
}

function readPlan(argv: readonly string[]): Plan | 'help' {
  const { values } = readOptions({ args: [...argv], options: OPTIONS }, HELP)
  if (values.help) return 'help'
  const { origin, port, policy, host } = values
  if (origin === undefined) throw new UsageError('--origin is needed', HELP)
  if (port === undefined) throw new UsageError('--port is needed', HELP)
  if (baseUrl(origin) === undefined) throw new UsageError(`--origin: not an http or https URL: ${origin}`, HELP)
  const adminPort = values['admin-port']
  const adminHost = values['admin-host']
  if (adminPort === undefined && adminHost !== undefined) throw new UsageError('--admin-host needs --admin-port', HELP)
  return {
    origin,
    port: readPort('--port', port, HELP),
    host: readHost('--host', host, HELP),
    policy: readPolicy(policy),
    maxBytes: readBytes('--max-bytes', values['max-bytes']),
    maxBodyBytes: readBytes('--max-body', values['max-body']),
    drainMs: readSeconds('--drain', values.drain) * 1000,
    adminPort: adminPort === undefined ? undefined : readPort('--admin-port', adminPort, HELP),
    adminHost: adminHost === undefined ? LOOPBACK : readHost('--admin-host', adminHost, HELP),
    log: values.quiet ? 'none' : 'stdout',
  }
}

/** A comma that is not inside a JSON list. */
const COMMA = /,(?![^[]*\])/

function readPolicy(text: string): PolicyChoice {
  const [name, ...fields] = text.split(COMMA)
  const base = name === 'rfc9111' ? rfc9111 : name === 'fastly' ? fastly : undefined
  if (base === undefined) throw new UsageError(`--policy: there is no ${name}`, HELP)
  try {
    return resolvePolicy({ ...base, ...Object.fromEntries(fields.map(policyField)) })
  } catch (failure) {
    throw new UsageError(`--policy: ${(failure as Error).message}`, HELP)
  }
}

/** Reads `name=value`, where the value is JSON or else a plain string. */
function policyField(text: string): [name: string, value: unknown] {
  const [, name = text, value = ''] = /^([^=]*)=(.*)$/.exec(text) ?? []
  try {
    return [name, JSON.parse(value)]
  } catch {
    return [name, value]
  }
}

function readBytes(option: string, text: string): number {
  const bytes = parseBytes(text)
  if (bytes === undefined) throw new UsageError(`${option}: not a size: ${text}`, HELP)
  return bytes
}

function readSeconds(option: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`${option}: not a number of seconds: ${text}`, HELP)
  return Number(text)
}
