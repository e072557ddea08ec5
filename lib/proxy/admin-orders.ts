/** Reads the JSON of requests to the admin port, strictly: an unknown member is an error. */

import type { IncomingMessage } from 'node:http'
import { InvalidArgumentError } from '../base/errors.js'
import { checkObject, checkOptions } from '../base/options.js'
import { isToken } from '../http/token.js'
import type { PurgeTarget } from '../pending/host.js'
import { RefusedError } from './refusal.js'

/** A request as a client would send it. */
export interface AskedFor {
  /** Path and query. Of an absolute URL only these count, as in a client's request. */
  readonly url: string
  /** GET by default. */
  readonly method?: string
  /** Field lines, in order. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** What to purge, and how. A `url` is as in `AskedFor`. */
export interface PurgeOrder {
  /** One of `url`, `surrogateKey` and `all`. */
  readonly target: PurgeTarget
  /** Whether to end the freshness of objects only, instead of removing them. */
  readonly soft: boolean
}

const MOST_BYTES = 64 * 1024
const ASKED_FOR: ReadonlySet<string> = new Set(['url', 'method', 'headers'])
const PURGE_ORDER: ReadonlySet<string> = new Set(['target', 'soft'])

/** The JSON object in the request's body. Throws `RefusedError` if there is none, or if it is too long. */
export async function readOrder(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) throw refused(413, `more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  try {
    const order: unknown = JSON.parse(Buffer.concat(chunks).toString())
    if (typeof order === 'object' && order !== null && !Array.isArray(order)) return order
  } catch {}
  throw refused(400, 'that is no JSON object')
}

/** Checks that `order` is an `AskedFor`. Throws `InvalidArgumentError`. */
export function askedFor(order: object): AskedFor {
  checkOptions(order, ASKED_FOR)
  const { url, method = 'GET', headers = [] } = order as Partial<Record<keyof AskedFor, unknown>>
  if (typeof url !== 'string') throw new InvalidArgumentError('url must be a string')
  if (!isToken(method)) throw new InvalidArgumentError('method must be a method')
  if (!Array.isArray(headers) || !headers.every(isField))
    throw new InvalidArgumentError('headers must be pairs of a name and a value')
  return { url, method, headers }
}

/** Checks the members of `order`; the cache checks the target itself. Throws `InvalidArgumentError`. */
export function checkedOrder(order: PurgeOrder): PurgeOrder {
  checkOptions(order, PURGE_ORDER)
  checkObject('target', order.target)
  return order
}

/** Reads a purge order from JSON, with the target beside `soft`; the cache checks the target. Throws `InvalidArgumentError`. */
export function purgeOrder(order: object): PurgeOrder {
  const { soft = false, ...target } = order as { soft?: unknown }
  if (typeof soft !== 'boolean') throw new InvalidArgumentError('soft is true or false')
  return { target: target as PurgeTarget, soft }
}

function isField(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value] = pair as [unknown, unknown]
  return isToken(name) && typeof value === 'string' && !/[\0\r\n]/.test(value)
}

function refused(status: number, why: string): RefusedError {
  return new RefusedError({ status, why, connection: 'close' })
}
