/** Translates failures of sockets, resolvers, TLS, parsers and fetches into `SendError`s. */

import { type Blame, originalOf } from '../base/errors.js'
import { isError } from '../base/realms.js'
import { SendError, type SendErrorCode, type SendErrorDetail } from './send-error.js'

/** The code for a failure, and the blame if it differs from the code's usual one. */
type Meaning = readonly [code: SendErrorCode, blame?: Blame]

const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['EAI_AGAIN', ['DnsTimeout']],
  ['ETIMEOUT', ['DnsTimeout']],
  ['ENOTFOUND', ['DnsError']],
  ['ENODATA', ['DnsError']],
  ['ESERVFAIL', ['DnsError']],
  ['EAI_FAIL', ['DnsError']],
  ['EHOSTUNREACH', ['DestinationIpUnroutable']],
  ['ENETUNREACH', ['DestinationIpUnroutable']],
  ['EADDRNOTAVAIL', ['DestinationIpUnroutable']],
  ['EHOSTDOWN', ['DestinationUnavailable']],
  ['ECONNREFUSED', ['ConnectionRefused']],
  // Refused on this machine: by its rules, or by Node's permission model.
  ['EACCES', ['ConnectionRefused', 'caller']],
  ['EPERM', ['ConnectionRefused', 'caller']],
  ['ERR_ACCESS_DENIED', ['ConnectionRefused', 'caller']],
  ['ECONNRESET', ['ConnectionTerminated']],
  ['ECONNABORTED', ['ConnectionTerminated']],
  ['EPIPE', ['ConnectionTerminated']],
  ['UND_ERR_SOCKET', ['ConnectionTerminated']],
  ['UND_ERR_CLOSED', ['ConnectionTerminated', 'caller']],
  ['UND_ERR_DESTROYED', ['ConnectionTerminated', 'caller']],
  ['UND_ERR_ABORTED', ['ConnectionTerminated', 'caller']],
  ['AbortError', ['ConnectionTerminated', 'caller']],
  ['Cancelled', ['ConnectionTerminated', 'caller']],
  ['Closed', ['ConnectionTerminated', 'caller']],
  ['ETIMEDOUT', ['ConnectionTimeout']],
  ['UND_ERR_CONNECT_TIMEOUT', ['ConnectionTimeout']],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', ['ConnectionTimeout']],
  ['UND_ERR_HEADERS_TIMEOUT', ['HttpResponseTimeout']],
  ['UND_ERR_BODY_TIMEOUT', ['HttpResponseTimeout']],
  ['TimeoutError', ['HttpResponseTimeout']],
  ['EPROTO', ['TlsProtocolError']],
  ['HOSTNAME_MISMATCH', ['TlsCertificateError']],
  ['INVALID_CA', ['TlsCertificateError']],
  ['INVALID_PURPOSE', ['TlsCertificateError']],
  ['PATH_LENGTH_EXCEEDED', ['TlsCertificateError']],
  ['SELF_SIGNED_CERT_IN_CHAIN', ['TlsCertificateError']],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', ['TlsCertificateError']],
  ['TruncatedBody', ['HttpIncompleteResponse']],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['HttpIncompleteResponse']],
  ['HPE_INVALID_EOF_STATE', ['HttpIncompleteResponse']],
  ['UND_ERR_HEADERS_OVERFLOW', ['HttpResponseHeaderSectionTooLarge']],
  ['HPE_HEADER_OVERFLOW', ['HttpResponseHeaderSectionTooLarge']],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', ['HttpResponseBodyTooLarge']],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', ['IoError']],
  ['ERR_INVALID_URL', ['HttpRequestUriInvalid']],
  ['UND_ERR_INVALID_ARG', ['InternalError', 'caller']],
  ['InvalidArgument', ['InternalError', 'caller']],
])

/** Families of codes, tried in order for a code that has no entry in `MEANINGS`. */
const FAMILIES: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [/^HPE_/, ['HttpProtocolError']],
  [/^ERR_HTTP2_/, ['Http2StreamError']],
  [/^(CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_|ERROR_IN_CERT)/, ['TlsCertificateError']],
  [/^ERR_SSL_.*ALERT/, ['TlsAlertReceived']],
  [/^ERR_SSL_/, ['TlsProtocolError']],
  [/^ERR_(TLS|OSSL)_/, ['TlsConfigurationError']],
]

/** The send that failed, and how far it had come. */
export interface FailedSend extends Omit<SendErrorDetail, 'cause' | 'blame'> {
  /** `body` if the head had arrived already: a connection that ends then is an incomplete response. `head` by default. */
  readonly phase?: 'head' | 'body'
}

/**
 * The `SendError` for `error`. Walks the chain of causes, outermost first, to the first one with a known meaning; without any, the
 * result is an `InternalError`. A `SendError` that the walk meets is returned as it is.
 */
export function toSendError(error: unknown, send: FailedSend): SendError {
  const { backend, request, phase = 'head' } = send
  for (const link of causes(error)) {
    if (link instanceof SendError) return link
    const meaning = meaningOf(link, phase)
    if (meaning === undefined) continue
    const [code, blame] = meaning
    return new SendError(code, { backend, request, cause: error, ...(blame && { blame }) })
  }
  return new SendError('InternalError', { backend, request, cause: error })
}

function meaningOf(error: Error, phase: 'head' | 'body'): Meaning | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  if (code === 'UND_ERR_SOCKET') return meaningOfSocketError(error, phase)
  if (code === 'HTTPParserError')
    return [/Invalid EOF/.test(error.message) ? 'HttpIncompleteResponse' : 'HttpProtocolError']
  return MEANINGS.get(code) ?? FAMILIES.find(([pattern]) => pattern.test(code))?.[1]
}

/** undici uses one code both for a closed socket and for a 1xx that it cannot handle; only the message tells them apart. */
function meaningOfSocketError(error: Error, phase: 'head' | 'body'): Meaning {
  if (/^bad (response|upgrade)$/.test(error.message)) return ['HttpResponseStatusInvalid']
  return phase === 'body' ? ['HttpIncompleteResponse'] : ['ConnectionTerminated']
}

/** An error and its causes, breadth first, each once. An `AggregateError` (several addresses tried) has several causes. */
function* causes(outermost: unknown): Generator<Error> {
  const seen = new Set<unknown>()
  const queue: unknown[] = [outermost]
  for (const error of queue) {
    const link = originalOf(error)
    if (!isError(link) || seen.has(link)) continue
    seen.add(link)
    yield link
    queue.push(link.cause)
    if ('errors' in link && Array.isArray(link.errors)) for (const each of link.errors) queue.push(each)
  }
}
