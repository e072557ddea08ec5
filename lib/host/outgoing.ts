/** Works out how a request is sent to a backend: its origin and target, its field lines and its body. */

import { InvalidArgumentError } from '../base/errors.js'
import { isUint8Array } from '../base/realms.js'
import { withoutHopByHop } from '../http/hop.js'
import { type Field, type Fields, has, type RequestHead, type ResponseHead, without } from '../http/message.js'
import { FORBIDDEN_METHODS } from '../http/methods.js'
import { isToken } from '../http/token.js'
import type { RequestBody } from '../pending/host.js'
import { SendError } from '../pending/send-error.js'
import type { Backend } from './backends.js'
import { OutgoingBody } from './outgoing-body.js'

/** A request in the form in which it is sent. */
export interface Outgoing {
  readonly backend: Backend
  /** What errors call the backend: its name, or the origin. */
  readonly label: string
  readonly request: RequestHead
  readonly body: Uint8Array | OutgoingBody | undefined
  /** The origin to connect to. */
  readonly origin: string
  /** The request target, octet for octet as in the URL. */
  readonly path: string
  /** The field lines, in the order they are sent. */
  readonly fields: Fields
  readonly onInformational: ((head: ResponseHead) => void) | undefined
}

/** What a send needs to know besides the request's head. */
export interface SendOptions {
  /** A name from `backends`. Without it the request goes to the URL's own origin. */
  readonly backend?: string | undefined
  readonly body?: RequestBody | undefined
  /** Called for every 1xx head, in order, before the answer is ready. */
  readonly onInformational?: ((head: ResponseHead) => void) | undefined
}

/** Scheme, authority, and the rest up to a fragment. */
const URL_PARTS = /^(https?:\/\/[^/?#\\@]+)([^#]*)/i
/** Matches an octet that a request line cannot carry (RFC 9112 3). */
const UNSENDABLE = /[^\x21-\xff]/

/**
 * Works out how `request` is sent to `backend`. Throws `SendError` for a URL, and `InvalidArgumentError` for a method, that cannot
 * be sent.
 */
export function address(backend: Backend, request: RequestHead, options: SendOptions): Outgoing {
  if (!isToken(request.method) || FORBIDDEN_METHODS.has(request.method)) {
    throw new InvalidArgumentError(`method ${request.method} cannot be sent`)
  }
  const [, authority = '', target = ''] = URL_PARTS.exec(request.url) ?? []
  const own = parsed(authority)
  if (own === undefined || UNSENDABLE.test(target)) {
    throw new SendError('HttpRequestUriInvalid', { backend: backend.name || 'none', request })
  }
  const { body, onInformational } = options
  const label = backend.name || own.origin
  return {
    backend,
    label,
    request,
    body: body === undefined || isUint8Array(body) ? body : new OutgoingBody({ source: body, label, request }),
    origin: backend.base?.origin ?? own.origin,
    path: (backend.base?.path ?? '') + (target.startsWith('/') ? target : `/${target}`),
    fields: requestFields(backend.fields, request.fields, own.host, body),
    onInformational,
  }
}

/** The authority that was parsed last. Requests that come together mostly have the same one. */
let last: { readonly authority: string; readonly own: { readonly origin: string; readonly host: string } } | undefined

function parsed(authority: string): { readonly origin: string; readonly host: string } | undefined {
  if (last?.authority !== authority) {
    if (!URL.canParse(authority)) return undefined
    const { origin, host } = new URL(authority)
    last = { authority, own: { origin, host } }
  }
  return last.own
}

/**
 * The field lines to send: the request's own without its hop-by-hop fields, and those that the backend sets, which replace the
 * request's own of the same name.
 */
function requestFields(set: Fields, own: Fields, host: string, body: RequestBody | undefined): Fields {
  // The connections here do not wait for 100 (Continue) and send no trailers; for a body that is not a stream they set the length.
  const counted = body === undefined || isUint8Array(body) ? ['content-length'] : []
  const kept = without(withoutHopByHop(own), 'expect', 'trailer', ...counted, ...set.map(([name]) => name))
  const implied: Field[] = has(set, 'host') || has(kept, 'host') ? [] : [['host', host]]
  return [...implied, ...kept, ...set]
}

/** The idempotent methods (RFC 9110 9.2.2), except `TRACE`: these may be sent twice. */
const IDEMPOTENT: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']

/** Whether the request may be sent again when its answer was lost: its method allows that, and its body is at hand. */
export function isRepeatable({ request, body }: Outgoing): boolean {
  return IDEMPOTENT.includes(request.method) && (body === undefined || isUint8Array(body))
}

/** Abandons a streaming request body, of which nothing more is sent. Harmless if all of it was sent. */
export function abandonBody({ body }: Outgoing): void {
  if (body instanceof OutgoingBody) body.abandon()
}
