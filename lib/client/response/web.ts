/** Our response as one of the platform. */

import { toHeaders } from '../../http/headers.js'
import type { ResponseHead } from '../../http/message.js'
import { byteStream, type Chunk } from './byte-stream.js'

/** A response as far as it is looked at here. */
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
  /** Makes the body to give out, if it is not the response's own bytes; `none` for the answer to a HEAD. */
  readonly body?: 'none' | (() => ReadableStream<Uint8Array> | Uint8Array)
  readonly redirected?: boolean
  /** `cors` for what came from another origin than was asked, as the platform has it; `basic` by default. */
  readonly type?: 'basic' | 'cors'
  /** Whether its fields can be changed (Fetch 5.1); they can, by default. */
  readonly guard?: Guard
}

type Guard = 'immutable' | 'response'

/** What the platform's constructor does not take. */
interface Origin {
  readonly url: string
  readonly status: number
  readonly redirected: boolean
  readonly type: 'basic' | 'cors'
  readonly guard: Guard
}

/**
 * What the `Headers` of a response inherit from once they cannot be changed, by what they inherited from before: a program may
 * put other classes in the place of the platform's at any time.
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

/** A `Response` that knows where it came from, as only the platform's own `fetch` makes them; its clones know it too. */
function fetched(response: Response, origin: Origin): Response {
  const { url, status, redirected, type, guard } = origin
  if (guard === 'immutable') Object.setPrototypeOf(response.headers, immutable(response.headers))
  const { clone: copy } = response
  const clone = () => fetched(copy.call(response), origin)
  return Object.defineProperties(response, {
    url: own(url),
    status: own(status),
    redirected: own(redirected),
    type: own(type),
    clone: own(clone),
  })
}

/** Configurable: programs put a value of theirs in its place, and a `Proxy` may say something else. */
function own(value: unknown): PropertyDescriptor {
  return { value, configurable: true }
}

/** Origins answer with statuses that no `Response` can be made with, 999 for instance; none of those is `ok`. */
function constructible(status: number): number {
  return status >= 200 && status <= 599 ? status : 599
}

export function toWebResponse(response: Source, head: ResponseHead, options: WebOptions = {}): Response {
  const { status, statusText, fields } = head
  const { body = () => bodyStream(response), redirected = false, type = 'basic', guard = 'response' } = options
  const content = body === 'none' || isWithoutBody(status) ? null : body()
  if (content === null) response.cancel()
  const init = { status: constructible(status), statusText, headers: toHeaders(fields) }
  return fetched(new Response(content, init), { url: response.url, status, redirected, type, guard })
}

function bodyStream(response: Source): ReadableStream<Uint8Array> {
  return byteStream({ next: () => response.nextBytes(), cancel: () => response.cancel() })
}
