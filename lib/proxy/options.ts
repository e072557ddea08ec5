/** The options of a proxy: checks them once, and completes them with defaults. */

import { randomBytes } from 'node:crypto'
import { type Clock, checkClock, systemClock } from '../base/clock.js'
import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'
import { type BaseUrl, baseUrl } from '../http/base-url.js'
import type { Field } from '../http/message.js'
import { isToken } from '../http/token.js'
import { type AccessRecord, neverFailing } from './access-log.js'

/** The limits on clients. `Infinity` is no limit. Fractions of a byte or a millisecond are rounded up. */
export interface ProxyLimits {
  /** Most bytes of a request's head; beyond that the answer is 431. Default 16 KiB. */
  readonly maxHeadBytes: number
  /** Most bytes of a request's body; beyond that the answer is 413. Default 64 MiB. */
  readonly maxBodyBytes: number
  /** Most connections at a time; beyond that the answer is 503. Default 10 000. */
  readonly maxConnections: number
  /** Milliseconds a head may take to come, at most `requestTimeoutMs`; beyond that the answer is 408. Default 15 000. */
  readonly headTimeoutMs: number
  /** Milliseconds a whole request may take to come; beyond that the answer is 408. Default 300 000. */
  readonly requestTimeoutMs: number
  /** Milliseconds a connection is kept for the next request. Default 5 000. */
  readonly keepAliveMs: number
  /** Milliseconds for which a client may take nothing of what waits to be sent, before its connection is ended. Default 60 000. */
  readonly sendTimeoutMs: number
}

/** Options of a proxy; an unknown one is an error. */
export interface ProxyOptions extends Partial<ProxyLimits> {
  /** The origin's base URL: scheme, host and port; a path in it is put before each request's own. Clients' `Host` is ignored. */
  readonly origin: string | URL
  /** A backend of the cache to send by, for its timeouts, retries and TLS. Without it, requests go to `origin` with the defaults. */
  readonly backend?: string
  /** The proxy's name in `Via`. Unique by default: the proxy refuses a request that has its name in `Via` already, as a loop. */
  readonly name?: string
  /**
   * Called for each request when its answer has ended, and for each connection that got a refusal without a request. If the function
   * throws, or its promise rejects, the process emits a warning, and clients notice nothing.
   */
  readonly accessLog?: (record: AccessRecord) => void
  /** The clock for dates, log lines, and the time that connections get to end; the machine's by default. */
  readonly clock?: Clock
  /** The clock for the grace period of `close`: real time, whatever `clock` is. An option for specs. */
  readonly networkClock?: Clock
}

/** Options as the proxy uses them. */
export interface Settings extends ProxyLimits {
  readonly origin: BaseUrl
  readonly backend: string | undefined
  readonly name: string
  /** The `Via` field of this hop. */
  readonly via: Field
  readonly accessLog: ((record: AccessRecord) => void) | undefined
  readonly clock: Clock
  readonly networkClock: Clock
}

const DEFAULTS: ProxyLimits = {
  maxHeadBytes: 16 * 1024,
  maxBodyBytes: 64 * 1024 * 1024,
  maxConnections: 10_000,
  headTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  keepAliveMs: 5_000,
  sendTimeoutMs: 60_000,
}

/** The longest time, some 23 days: Node adds to timeouts, and a timer overflows at 2 ** 31 ms. */
const LONGEST_MS = 2_000_000_000

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(DEFAULTS),
  'origin',
  'backend',
  'name',
  'accessLog',
  'clock',
  'networkClock',
])

/** Throws `InvalidArgumentError` for an unknown option or an invalid value. */
export function readSettings(options: ProxyOptions): Settings {
  checkOptions(options, KNOWN)
  const { origin, backend, accessLog, clock = systemClock, networkClock = systemClock, name = uniqueName() } = options
  if (!isToken(name)) throw new InvalidArgumentError(`name must be a token, not ${printed(name)}`)
  if (accessLog !== undefined && typeof accessLog !== 'function')
    throw new InvalidArgumentError('accessLog must be a function')
  if (backend !== undefined && typeof backend !== 'string') throw new InvalidArgumentError('backend must be a name')
  checkClock(clock)
  checkClock(networkClock)
  return {
    ...limits(options),
    origin: readOrigin(origin),
    backend,
    name,
    via: ['via', `1.1 ${name}`],
    accessLog: accessLog && neverFailing(accessLog),
    clock,
    networkClock,
  }
}

function limits(options: ProxyOptions): ProxyLimits {
  const given: Record<string, number> = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS)) {
    const value = Reflect.get(options, name)
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value > 0)) throw new InvalidArgumentError(`${name} must be more than 0`)
    given[name] = whole(value, name.endsWith('Ms') ? LONGEST_MS : Number.MAX_SAFE_INTEGER)
  }
  const checked = given as unknown as ProxyLimits
  return { ...checked, headTimeoutMs: Math.min(checked.headTimeoutMs, checked.requestTimeoutMs) }
}

/** Node takes whole numbers for times and sizes, up to `most`. */
function whole(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.ceil(value), most) : value
}

function readOrigin(origin: string | URL): BaseUrl {
  const base = baseUrl(origin)
  if (base === undefined) throw new InvalidArgumentError('origin: not an http or https URL of origin and path only')
  return base
}

function uniqueName(): string {
  return `tidewait-${randomBytes(4).toString('hex')}`
}
