/** Reads a client's head into the request to forward, and refuses what is not safe. Node's parser has refused most that is not HTTP. */

import type { IncomingMessage } from 'node:http'
import { InvalidArgumentError } from '../base/errors.js'
import { SURROGATE_NAME } from '../http/directives.js'
import { passedThrough, withoutHopByHop, withVia } from '../http/hop.js'
import { type Field, type Fields, first, has, type RequestHead, values, withField } from '../http/message.js'
import { FORBIDDEN_METHODS } from '../http/methods.js'
import { isToken } from '../http/token.js'
import type { CacheOverride } from '../pending/override.js'
import type { AskedFor } from './admin-orders.js'
import type { Settings } from './options.js'
import { RefusedError } from './refusal.js'

export interface Incoming {
  readonly head: RequestHead
  /** The length of the body that follows; a chunked body tells its length as it comes. */
  readonly bodyBytes: number | 'chunked'
  /** `pass` for a `GET` or `HEAD` with a body, which has no meaning that a cache could know (RFC 9110 9.3.1). */
  readonly override: CacheOverride
}

/** Tells the origin that it may address this cache by `Surrogate-Control` (Edge Architecture 2.1). */
const CAPABILITY: Field = ['surrogate-capability', `${SURROGATE_NAME}="Surrogate/1.0"`]
const ALLOW: Field = ['allow', 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE']

/** The parts of a request's head that are read here. */
export type IncomingHead = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'httpVersion' | 'httpVersionMajor'>

/** Throws `RefusedError` for a request that is not forwarded. */
export function readIncoming(request: IncomingHead, settings: Settings): Incoming {
  const { method = '' } = request
  const fields = fieldsOf(request.rawHeaders)
  checkVersion(request)
  checkHost(fields, request.httpVersion)
  const bodyBytes = bodyBytesOf(fields, request.httpVersion, settings)
  if (FORBIDDEN_METHODS.has(method)) throw refused(501, `${method} is not for a gateway`)
  if (passedThrough(fields, settings.name)) throw refused(508, 'this request has come by before')
  const target = targetOf(request.url ?? '', method)
  if (settings.origin.path !== '' && climbsOut(target)) throw refused(400, 'that leads out of what is served here')
  const forwarded = withoutHost(withMaxForwards(method, target, fields))
  const head: RequestHead = {
    method,
    url: settings.origin.origin + settings.origin.path + target,
    fields: [...withVia(withoutHopByHop(forwarded), request.httpVersion, settings.name), CAPABILITY],
  }
  const isCacheable = method === 'GET' || method === 'HEAD'
  return { head, bodyBytes, override: isCacheable && bodyBytes !== 0 ? 'pass' : 'none' }
}

/** What `readIncoming` would make of a client's request. Throws `InvalidArgumentError` for one that would be refused. */
export function asIfSent({ url, method = 'GET', headers = [] }: AskedFor, settings: Settings): Incoming {
  const rawHeaders = [['Host', 'proxy'], ...headers].flat()
  try {
    return readIncoming({ method, url: encoded(url), rawHeaders, httpVersion: '1.1', httpVersionMajor: 1 }, settings)
  } catch (failure) {
    if (!(failure instanceof RefusedError)) throw failure
    const { status, why } = failure.refusal
    throw new InvalidArgumentError(`the proxy answers this by itself, with ${status}: ${why}`)
  }
}

/** Percent-encodes, as clients do, what a request target cannot hold, such as a space. Keeps all else octet for octet. */
function encoded(url: string): string {
  return url.replace(/[^\x21-\x7e]+/g, (text) =>
    Buffer.from(text)
      .toString('hex')
      .replace(/../g, (hex) => `%${hex.toUpperCase()}`),
  )
}

/**
 * Whether the request has an `Upgrade` field. The proxy ignores the field, but Node's parser takes what comes after the request for
 * another protocol: it drops the rest of the chunk, reads on in the middle of whatever that was, and reports no error of the next
 * head. So such a request must be the last on its connection.
 */
export function asksForUpgrade({ rawHeaders }: IncomingHead): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) if (/^upgrade$/i.test(rawHeaders[at] as string)) return true
  return false
}

function checkVersion({ httpVersionMajor, httpVersion }: IncomingHead): void {
  if (httpVersionMajor !== 1) throw refused(505, `HTTP/${httpVersion} is not spoken here`, 'close')
}

/** A name or an address, with an optional port (RFC 9110 7.2). No comma: software that joins field lines would see two hosts. */
const HOST = /^(?:\[[\w:.%~-]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/

/**
 * Refuses a request without exactly one valid `Host`, or in HTTP/1.0 with more than one: an intermediary before this proxy may have
 * read another (RFC 9112 3.2).
 */
function checkHost(fields: Fields, httpVersion: string): void {
  const hosts = values(fields, 'host')
  const expected = httpVersion === '1.0' ? hosts.length <= 1 : hosts.length === 1
  if (!expected) throw refused(400, 'one Host is needed', 'close')
  if (!HOST.test(hosts[0] ?? '')) throw refused(400, 'that is not a Host', 'close')
}

/** The length of the body. Refuses framing that two parsers could read in two ways, and its connection (RFC 9112 6.1, 6.3, 11.2). */
function bodyBytesOf(fields: Fields, httpVersion: string, { maxBodyBytes }: Settings): Incoming['bodyBytes'] {
  // Compared as whole lines, not split as a list: parsers differ in what they make of an empty member.
  const codings = values(fields, 'transfer-encoding')
  const lengths = values(fields, 'content-length')
  if (codings.length > 0) {
    if (httpVersion === '1.0' || lengths.length > 0) throw refused(400, 'the length of the body is unclear', 'close')
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw refused(501, 'no transfer coding but chunked', 'close')
    return 'chunked'
  }
  const [length = '0', ...more] = lengths
  if (more.length > 0 || !/^\d+$/.test(length)) throw refused(400, 'the length of the body is unclear', 'close')
  if (Number(length) > maxBodyBytes) throw refused(413, `more than ${maxBodyBytes} bytes`, 'close')
  return Number(length)
}

/**
 * The path and query of a request target. Clients ask a gateway in origin-form, but it must understand absolute-form (RFC 9112 3.2),
 * in which `OPTIONS *` is a URL without a path (3.2.4).
 */
function targetOf(target: string, method: string): string {
  if (target === '*' && method === 'OPTIONS') return target
  // Before 20.19.2, Node's parser lets a tab pass, and octets beyond ASCII.
  if (!/^[\x21-\x7e]*$/.test(target)) throw refused(400, 'that is not a request target')
  const [, authority = '', rest = '*'] = /^https?:\/\/([^/?#]+)(.*)$/i.exec(target) ?? []
  const path = target.startsWith('/') ? target : rest
  if (path === '' && method === 'OPTIONS' && HOST.test(authority)) return '*'
  if (path.includes('#') || path === '*' || !HOST.test(authority)) throw refused(400, 'that is not a request target')
  return path.startsWith('/') ? path : `/${path}`
}

/** Whether `..` segments (RFC 3986 5.2.4) would lead an origin out of the path that is put before each target. */
function climbsOut(target: string): boolean {
  const [path = ''] = target.split('?', 1)
  const segments = path.replaceAll(/%2e/gi, '.').split(/\/|\\|%2f|%5c/i)
  let depth = 0
  for (const segment of segments) {
    if (segment === '..') depth--
    else if (segment !== '' && segment !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

/** Answers an `OPTIONS` that ends at this server, and lowers `Max-Forwards` of any other (RFC 9110 7.6.2, 9.3.7). */
function withMaxForwards(method: string, target: string, fields: Fields): Fields {
  if (method !== 'OPTIONS') return fields
  const left = first(fields, 'max-forwards')
  if (target === '*' || left === '0')
    throw new RefusedError({ status: 204, why: '', fields: [ALLOW], connection: 'keep' })
  if (left === undefined || !/^\d+$/.test(left)) return fields
  return withField(fields, 'max-forwards', String(Number(left) - 1))
}

/** Removes `Host`: the send sets that of the origin. */
function withoutHost(fields: Fields): Fields {
  return has(fields, 'host') ? fields.filter(([name]) => name !== 'host') : fields
}

/** Before 20.19.2, Node's parser lets a space before the colon pass, which has to be refused (RFC 9112 5.1). */
function fieldsOf(raw: readonly string[]): Fields {
  const fields: Field[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    if (!isToken(name)) throw refused(400, 'that is not the name of a field', 'close')
    fields.push([name.toLowerCase(), raw[at + 1] as string])
  }
  return fields
}

function refused(status: number, why: string, connection: 'keep' | 'close' = 'keep'): RefusedError {
  return new RefusedError({ status, why, connection })
}
