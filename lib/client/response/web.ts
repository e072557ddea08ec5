/** Makes a `Response` of the platform out of ours. */

import { toHeaders } from '../../http/headers.js'
import type { ResponseHead } from '../../http/message.js'
import { byteStream, type Chunk } from './byte-stream.js'

/** The parts of a response that are used here. */
interface Source {
  readonly url: string
  nextBytes(): Chunk
  cancel(): void
}

/** Statuses whose responses have no body, and for which the platform's constructor takes none. */
export function isWithoutBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

export interface WebOptions {
  /** Makes the body, if that is not the response's own bytes; `none` for the answer to a HEAD. */
  readonly body?: 'none' | (() => ReadableStream<Uint8Array> | Uint8Array)
  readonly redirected?: boolean
  /** `cors`, as on the platform, if a redirect led to another origin; `basic` by default. */
  readonly type?: 'basic' | 'cors'
  /** Whether the headers can be changed (Fetch 5.1); `response`, by default, allows it. */
  readonly guard?: Guard
}

type Guard = 'immutable' | 'response'

/** Properties of a `Response` that the platform's constructor does not take. */
interface ResponseProperties {
  readonly url: string
  readonly status: number
  readonly redirected: boolean
  readonly type: 'basic' | 'cors'
  readonly guard: Guard
}

/**
 * Prototypes for immutable `Headers`, by the prototype that the headers had before. There may be several, because a program may
 * replace the platform's classes at any time.
 */
const immutables = new WeakMap<object, object>()

function immutable(headers: Headers): object {
  const mutable: object = Object.getPrototypeOf(headers)
  const known = immutables.get(mutable)
  if (known !== undefined) return known
  const made = Object.create(mutable, {
    append: { value: refuse },
    delete: { value: refuse },
    set: { value: refuse },
  })
  immutables.set(mutable, made)
  return made
}

function refuse(): never {
  throw new TypeError('the headers of a response that was fetched are immutable')
}

/** Gives `response` properties that only the platform's own `fetch` can set otherwise; its clones get them too. */
function withProperties(response: Response, properties: ResponseProperties): Response {
  const { url, status, redirected, type, guard } = properties
  if (guard === 'immutable') Object.setPrototypeOf(response.headers, immutable(response.headers))
  const { clone: copy } = response
  const clone = () => withProperties(copy.call(response), properties)
  return Object.defineProperties(response, {
    url: property(url),
    status: property(status),
    redirected: property(redirected),
    type: property(type),
    clone: property(clone),
  })
}

/** Configurable, because programs redefine such properties, and a `Proxy` may return another value only for configurable ones. */
function property(value: unknown): PropertyDescriptor {
  return { value, configurable: true }
}

/** A status that the constructor takes. Origins send others too, 999 for instance; none of those is `ok`, and neither is 599. */
function constructible(status: number): number {
  return status >= 200 && status <= 599 ? status : 599
}

export function toWebResponse(response: Source, head: ResponseHead, options: WebOptions = {}): Response {
  const { status, statusText, fields } = head
  const { body = () => bodyStream(response), redirected = false, type = 'basic', guard = 'response' } = options
  const content = body === 'none' || isWithoutBody(status) ? null : body()
  if (content === null) response.cancel()
  const init = { status: constructible(status), statusText, headers: toHeaders(fields) }
  return withProperties(new Response(content, init), { url: response.url, status, redirected, type, guard })
}

function bodyStream(response: Source): ReadableStream<Uint8Array> {
  return byteStream({ next: () => response.nextBytes(), cancel: () => response.cancel() })
}
