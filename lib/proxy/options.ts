/** What a proxy can be told, checked once and completed. */

import { randomBytes } from 'node:crypto'
import { type Clock, checkClock, systemClock } from '../base/clock.js'
import { InvalidArgumentError } from '../base/errors.js'
import { checkOptions, printed } from '../base/options.js'
import { type BaseUrl, baseUrl } from '../http/base-url.js'
import type { Field } from '../http/message.js'
import { isToken } from '../http/token.js'
import { type AccessRecord, neverFailing } from './access-log.js'

/** What a client may ask of the proxy. `Infinity` is no limit, and parts of a byte or a millisecond are whole ones. */
export interface ProxyLimits {
  /** Bytes of a request's head; 431 beyond. Default 16 KiB. */
  readonly maxHeadBytes: number
  /** Bytes of a request's body; 413 beyond. Default 64 MiB. */
  readonly maxBodyBytes: number
  /** Connections at a time; 503 beyond. Default 10 000. */
  readonly maxConnections: number
  /** Milliseconds a head may take to come, and no longer than its request; 408 beyond. Default 15 000. */
  readonly headTimeoutMs: number
  /** Milliseconds a whole request may take to come; 408 beyond. Default 300 000. */
  readonly requestTimeoutMs: number
  /** Milliseconds a connection is kept for the next request. Default 5 000. */
  readonly keepAliveMs: number
  /** Milliseconds for which a client may take nothing of what waits for it, before its connection is ended. Default 60 000. */
  readonly sendTimeoutMs: number
}

/** Options of a proxy; an unknown one is an error. */
export interface ProxyOptions extends Partial<ProxyLimits> {
  /** Where requests go: scheme, host and port; a path is put before each request's own. Clients' `Host` does not count. */
  readonly origin: string | URL
  /** A backend of the cache to send by, for its timeouts, retries and TLS. Without it, `origin` with the usual ones. */
  readonly backend?: string
  /** What the proxy calls itself in `Via`. Unique by default: a request that comes by again has gone in circles. */
  readonly name?: string
  /**
   * Told of each request when its answer has ended. Where it fails, or the promise that it returns, a warning of the
   * process says so, and clients notice nothing.
   */
  readonly accessLog?: (record: AccessRecord) => void
  /** The clock for dates and log lines; the machine's by default. */
  readonly clock?: Clock
  /**
   * The clock by which the last requests arrive, at the end. The network has a time of its own, whatever `clock` says;
   * this is for specs.
   */
  readonly networkClock?: Clock
}

/** Options as the proxy uses them. */
export interface Settings extends ProxyLimits {
  readonly origin: BaseUrl
  readonly backend: string | undefined
  readonly name: string
  /** What answers say of this hop. */
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

/** Days enough, and room for what Node adds before it overflows at 2 ** 31. */
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

/** Throws `InvalidArgumentError` for an unknown option or one that cannot be meant. */
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

/** Node's timers and sizes are whole numbers, and not larger than these. */
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
