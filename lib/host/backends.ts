/** Checks the options of a backend once, and completes them with defaults. */

import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { InvalidArgumentError } from '../base/errors.js'
import { isRecord, printed } from '../base/options.js'
import { type BaseUrl, baseUrl } from '../http/base-url.js'
import type { Fields } from '../http/message.js'
import { isToken } from '../http/token.js'

/** TLS options for the connections to a backend, as in `node:tls`. */
export type BackendTls = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'passphrase'
  | 'pfx'
  | 'servername'
  | 'rejectUnauthorized'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
>

/**
 * Retries of sends that fail before a head comes; only of idempotent methods (RFC 9110 9.2.2) whose body, if any, can be sent twice.
 * Such a request that was lost because the origin closed a connection, idle for about two seconds or more, just as it was used
 * again, is sent once more whatever `limit` is; that is no retry (RFC 9112 9.3.1).
 */
export interface BackendRetry {
  /** How many retries there are at most. */
  readonly limit: number
  /** Milliseconds before the first retry; each later one waits twice as long. Default 300. */
  readonly delayMs?: number
  /** Longest wait, in milliseconds. Default 10 000. */
  readonly maxDelayMs?: number
}

/** Timeouts in milliseconds; `Infinity` is none. */
export interface BackendTimeouts {
  /** Limits the time until the request is on a connection, including the wait for one of `maxConnections`. Default 10 000. */
  readonly connectTimeoutMs: number
  /** Limits the time from there to the head of the response. Default 60 000. */
  readonly firstByteTimeoutMs: number
  /** Limits the time between two chunks of the body while the reader wants more. Default 60 000. */
  readonly betweenBytesTimeoutMs: number
}

/** One named backend. */
export interface BackendOptions extends Partial<BackendTimeouts> {
  /** The base URL: scheme, host and port; a path in it is put before each request's own. */
  readonly url: string | URL
  /** Default: no retry. A number is the `limit`. */
  readonly retry?: number | BackendRetry
  /** Fields that are set on every request; `host` replaces the request's own authority. */
  readonly headers?: Readonly<Record<string, string>>
  /** Default: what `node:tls` does by itself. */
  readonly tls?: BackendTls
  /** How many connections there are per origin at most; further sends wait for one. Default: no limit. */
  readonly maxConnections?: number
}

/** A backend whose options were checked and completed. */
export interface Backend extends BackendTimeouts {
  readonly name: string
  /** The base URL; `undefined` for each request URL's own origin. */
  readonly base: BaseUrl | undefined
  readonly retry: Required<BackendRetry>
  readonly fields: Fields
  readonly tls: BackendTls
  readonly maxConnections: number | undefined
}

/** The backend of requests that name no backend. */
export const anyOrigin: Backend = complete('', undefined, {})

/** Reads the options of the backend called `name`. Throws `InvalidArgumentError`, also for an option it does not know. */
export function readBackend(name: string, options: string | URL | BackendOptions): Backend {
  const where = `backends.${name}`
  const given = typeof options === 'string' || options instanceof URL ? { url: options } : options
  if (!isRecord(given)) throw new InvalidArgumentError(`${where}: neither a URL nor options`)
  check(where, given, OPTIONS, 'url')
  if (given.tls) checkTls(`${where}.tls`, given.tls)
  if (typeof given.retry === 'object') check(`${where}.retry`, given.retry, RETRY_OPTIONS, 'limit')
  return complete(name, readBase(where, given.url), given)
}

function complete(name: string, base: Backend['base'], given: Omit<BackendOptions, 'url'>): Backend {
  const retry = typeof given.retry === 'number' ? { limit: given.retry } : given.retry
  return {
    name,
    base,
    connectTimeoutMs: given.connectTimeoutMs ?? 10_000,
    firstByteTimeoutMs: given.firstByteTimeoutMs ?? 60_000,
    betweenBytesTimeoutMs: given.betweenBytesTimeoutMs ?? 60_000,
    retry: { limit: 0, delayMs: 300, maxDelayMs: 10_000, ...retry },
    fields: Object.entries(given.headers ?? {}).map(([field, value]) => [field.toLowerCase(), value.trim()]),
    tls: given.tls ?? {},
    maxConnections: given.maxConnections,
  }
}

function readBase(where: string, given: string | URL): BaseUrl {
  const base = baseUrl(given)
  if (base === undefined)
    throw new InvalidArgumentError(`${where}.url: not an http or https URL of origin and path only`)
  return base
}

type Check = (value: unknown) => boolean

const isTime: Check = (value) => typeof value === 'number' && value > 0
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const anything: Check = () => true

const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

const isFields: Check = (value) =>
  isRecord(value) &&
  Object.entries(value).every(([name, line]) => isToken(name) && typeof line === 'string' && FIELD_VALUE.test(line))

const OPTIONS: Readonly<Record<keyof BackendOptions, Check>> = {
  url: (value) => typeof value === 'string' || value instanceof URL,
  connectTimeoutMs: isTime,
  firstByteTimeoutMs: isTime,
  betweenBytesTimeoutMs: isTime,
  retry: (value) => isCount(value) || isRecord(value),
  headers: isFields,
  tls: isRecord,
  maxConnections: (value) => isCount(value) && value !== 0,
}

const RETRY_OPTIONS: Readonly<Record<keyof BackendRetry, Check>> = {
  limit: isCount,
  delayMs: isTime,
  maxDelayMs: isTime,
}

const TLS_OPTIONS: Readonly<Record<keyof BackendTls, Check>> = {
  ca: anything,
  cert: anything,
  key: anything,
  passphrase: anything,
  pfx: anything,
  servername: (value) => typeof value === 'string',
  rejectUnauthorized: (value) => typeof value === 'boolean',
  minVersion: anything,
  maxVersion: anything,
  ciphers: anything,
}

/** Fails now for TLS options that no connection could use. The message does not quote the options: private keys are among them. */
function checkTls(where: string, tls: BackendTls): void {
  check(where, tls, TLS_OPTIONS)
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw new InvalidArgumentError(`${where}: ${codeOf(cause)}`, { cause })
  }
}

function codeOf(failure: unknown): string {
  return String((failure as NodeJS.ErrnoException).code ?? 'cannot be used')
}

/** Checks that each given option is known and has a valid value. `undefined` counts as absent. */
function check(where: string, given: object, checks: Readonly<Record<string, Check>>, required?: string): void {
  for (const [option, value] of Object.entries(given)) {
    const isValid = Object.hasOwn(checks, option) ? checks[option] : undefined
    if (isValid === undefined) throw new InvalidArgumentError(`${where}: unknown option ${option}`)
    if (value !== undefined && !isValid(value)) {
      throw new InvalidArgumentError(`${where}.${option}: cannot be ${printed(value)}`)
    }
  }
  if (required !== undefined && Reflect.get(given, required) === undefined) {
    throw new InvalidArgumentError(`${where}.${required}: is required`)
  }
}
