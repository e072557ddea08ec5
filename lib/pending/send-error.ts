/** The error of a failed send: a closed list of codes, each with its meaning and whom to blame. */

import { type Blame, InvalidArgumentError, named, TidewaitError } from '../base/errors.js'
import { checkObject, printed } from '../base/options.js'
import type { RequestHead } from '../http/message.js'

/** Every code (semantics 1.7), the party to blame, and the message. */
const CODES = {
  DnsTimeout: ['origin', 'the name was not resolved in time'],
  DnsError: ['origin', 'the name could not be resolved'],
  DestinationNotFound: ['caller', 'there is no such backend'],
  DestinationUnavailable: ['origin', 'the backend is marked unavailable'],
  DestinationIpUnroutable: ['origin', 'there is no route to the address'],
  ConnectionRefused: ['origin', 'the connection was refused'],
  ConnectionTerminated: ['origin', 'the connection was closed before the response was whole'],
  ConnectionTimeout: ['origin', 'the connection was not made in time'],
  ConnectionLimitReached: ['caller', 'all connections the backend allows stayed busy'],
  TlsProtocolError: ['origin', 'the peer does not speak TLS as it should'],
  TlsCertificateError: ['origin', 'the certificate cannot be trusted'],
  TlsAlertReceived: ['origin', 'the peer ended TLS with an alert'],
  TlsConfigurationError: ['caller', 'the TLS options of the backend cannot be used'],
  HttpIncompleteResponse: ['origin', 'the response ended early'],
  HttpResponseHeaderSectionTooLarge: ['origin', 'the header section is too large'],
  HttpResponseBodyTooLarge: ['origin', 'the body is too large'],
  HttpResponseTimeout: ['origin', 'the response did not come in time'],
  HttpResponseStatusInvalid: ['origin', 'the status cannot be an answer to this request'],
  HttpUpgradeFailed: ['origin', 'the upgrade did not happen'],
  HttpProtocolError: ['origin', 'what came back is not HTTP'],
  Http2StreamError: ['origin', 'the stream was reset'],
  HttpRequestCacheKeyInvalid: ['caller', 'the cache key cannot be used'],
  HttpRequestUriInvalid: ['caller', 'the URL cannot be sent'],
  HttpCacheLimitExceeded: ['store', 'the cache takes no more operations'],
  HttpCacheApiUnsupported: ['caller', 'the host has no HTTP cache'],
  ImageOptimizerUnsupported: ['caller', 'the host has no image optimizer'],
  FanoutNotEnabled: ['caller', 'the host has no fanout'],
  CacheLookupTimeout: ['origin', 'the request in front did not finish in time'],
  IoError: ['caller', 'the request body could not be read'],
  RequestCollapse: ['origin', 'the request in front failed and chose a stale answer'],
  Custom: ['caller', 'a hook failed'],
  InternalError: ['bug', 'the send failed for a reason that has no name'],
} as const satisfies Record<string, readonly [Blame, string]>

/** Why a send failed. The list is closed: a `switch` over it needs no default. */
export type SendErrorCode = keyof typeof CODES

/** The backend and the request of a failed send, and the cause of the failure. */
export interface SendErrorDetail {
  /** The backend's name, or the URL's own origin where none was named. */
  readonly backend: string
  readonly request: RequestHead
  readonly cause?: unknown
  /** Only if it differs from the code's usual blame. */
  readonly blame?: Blame
}

/**
 * The failure of a request that got no usable answer from its backend. A status is never an error. The same error from
 * `cache.fetch` is also a `TypeError`.
 *
 * @example
 * try {
 *   await cache.fetch('http://localhost:8080/breaks-off')
 * } catch (error) {
 *   if (!isSendError(error)) throw error
 *   console.log(error.code, error.blame, error.backend)
 * }
 */
export class SendError extends TidewaitError<SendErrorCode> {
  /** The backend's name, or the URL's own origin. */
  readonly backend: string
  /** A second failure: that of the stale answer that was to hide this one. */
  suppressed?: unknown
  // Private, so that printing the error does not print the request's `Authorization` and `Cookie`.
  readonly #request: RequestHead

  /** @throws InvalidArgumentError for a code that is not in the list */
  constructor(code: SendErrorCode, detail: SendErrorDetail) {
    if (!isSendErrorCode(code)) throw new InvalidArgumentError(`there is no code ${printed(code)}`)
    checkObject('detail', detail)
    checkObject('request', detail.request)
    const [blame, meaning] = CODES[code]
    const { backend, request } = detail
    const cause = detail.cause === undefined ? {} : { cause: detail.cause }
    const where = `${request.method} ${withoutQuery(request.url)} (backend ${backend})`
    super(code, `${meaning}: ${where}`, { blame: detail.blame ?? blame, ...cause })
    this.backend = backend
    this.#request = request
  }

  /** The request as it was sent, without its body; for one that shared another's fetch, its own. */
  get request(): RequestHead {
    return this.#request
  }
}

named({ SendError })

/**
 * Whether `error` says that a send failed; narrows its type.
 *
 * @example
 * const status = await cache.fetch('http://localhost:8080/').then(
 *   (response) => response.status,
 *   (error) => (isSendError(error) ? error.code : error.name),
 * )
 */
export function isSendError(error: unknown): error is SendError {
  return error instanceof SendError
}

/** Whether `name` is one of the codes, to check a name that came from another thread or program. */
export function isSendErrorCode(name: string): name is SendErrorCode {
  return Object.hasOwn(CODES, name)
}

/** @internal The URL for a message: queries carry tokens, and messages end up in logs. */
export function withoutQuery(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
