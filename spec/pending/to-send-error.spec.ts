/** Which send error a failure becomes. */

import { TimeoutError as KyTimeoutError } from 'ky'
import { errors } from 'undici'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Blame, CancelledError, ClosedError, TruncatedBodyError } from '../../lib/base/errors.js'
import { SendError, type SendErrorCode } from '../../lib/pending/send-error.js'
import { toSendError } from '../../lib/pending/to-send-error.js'

const request = { method: 'GET', url: 'https://origin.example/', fields: [] } as const
const send = { backend: 'api', request }

function coded(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

const meanings: readonly (readonly [error: Error, code: SendErrorCode, blame: Blame])[] = [
  [coded('EAI_AGAIN'), 'DnsTimeout', 'origin'],
  [coded('ENOTFOUND'), 'DnsError', 'origin'],
  [coded('ESERVFAIL'), 'DnsError', 'origin'],
  [coded('EHOSTUNREACH'), 'DestinationIpUnroutable', 'origin'],
  [coded('ENETUNREACH'), 'DestinationIpUnroutable', 'origin'],
  [coded('ECONNREFUSED'), 'ConnectionRefused', 'origin'],
  [coded('EACCES'), 'ConnectionRefused', 'caller'],
  [coded('EPERM'), 'ConnectionRefused', 'caller'],
  [coded('ERR_ACCESS_DENIED'), 'ConnectionRefused', 'caller'],
  [coded('ECONNRESET'), 'ConnectionTerminated', 'origin'],
  [coded('EPIPE'), 'ConnectionTerminated', 'origin'],
  [new errors.SocketError('other side closed'), 'ConnectionTerminated', 'origin'],
  [new errors.SocketError('bad response'), 'HttpResponseStatusInvalid', 'origin'],
  [new errors.SocketError('bad upgrade'), 'HttpResponseStatusInvalid', 'origin'],
  [new errors.ClientClosedError(), 'ConnectionTerminated', 'caller'],
  [new errors.ClientDestroyedError(), 'ConnectionTerminated', 'caller'],
  [new errors.RequestAbortedError(), 'ConnectionTerminated', 'caller'],
  [new DOMException('aborted', 'AbortError'), 'ConnectionTerminated', 'caller'],
  [new CancelledError(), 'ConnectionTerminated', 'caller'],
  [new ClosedError('the host'), 'ConnectionTerminated', 'caller'],
  [coded('ETIMEDOUT'), 'ConnectionTimeout', 'origin'],
  [new errors.ConnectTimeoutError(), 'ConnectionTimeout', 'origin'],
  [new errors.HeadersTimeoutError(), 'HttpResponseTimeout', 'origin'],
  [new errors.BodyTimeoutError(), 'HttpResponseTimeout', 'origin'],
  [new DOMException('timed out', 'TimeoutError'), 'HttpResponseTimeout', 'origin'],
  [new KyTimeoutError(new Request('https://origin.example/')), 'HttpResponseTimeout', 'origin'],
  [coded('CERT_HAS_EXPIRED'), 'TlsCertificateError', 'origin'],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TlsCertificateError', 'origin'],
  [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'TlsCertificateError', 'origin'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'TlsCertificateError', 'origin'],
  [coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'TlsAlertReceived', 'origin'],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'TlsProtocolError', 'origin'],
  [coded('EPROTO'), 'TlsProtocolError', 'origin'],
  [coded('ERR_TLS_INVALID_PROTOCOL_VERSION'), 'TlsConfigurationError', 'caller'],
  [coded('ERR_OSSL_PEM_NO_START_LINE'), 'TlsConfigurationError', 'caller'],
  [new errors.ResponseContentLengthMismatchError(), 'HttpIncompleteResponse', 'origin'],
  [coded('HPE_INVALID_EOF_STATE'), 'HttpIncompleteResponse', 'origin'],
  [new errors.HTTPParserError('no HTTP (Invalid EOF state)'), 'HttpIncompleteResponse', 'origin'],
  [new TruncatedBodyError('short'), 'HttpIncompleteResponse', 'origin'],
  [new errors.HeadersOverflowError(), 'HttpResponseHeaderSectionTooLarge', 'origin'],
  [new errors.ResponseExceededMaxSizeError(), 'HttpResponseBodyTooLarge', 'origin'],
  [coded('HPE_INVALID_CONSTANT'), 'HttpProtocolError', 'origin'],
  [new errors.HTTPParserError('no HTTP (Expected HTTP/)'), 'HttpProtocolError', 'origin'],
  [coded('ERR_HTTP2_STREAM_ERROR'), 'Http2StreamError', 'origin'],
  [new errors.RequestContentLengthMismatchError(), 'IoError', 'caller'],
  [coded('ERR_INVALID_URL'), 'HttpRequestUriInvalid', 'caller'],
  [new errors.InvalidArgumentError('invalid x header'), 'InternalError', 'caller'],
  [new Error('who knows'), 'InternalError', 'bug'],
]

for (const [error, code, blame] of meanings) {
  const { code: own = error.name } = error as { code?: unknown }
  test(`${String(own)} (${error.message}) means ${code}, blame ${blame}`, () => {
    const failure = toSendError(error, send)
    assert.is(failure.code, code)
    assert.is(failure.blame, blame)
    assert.is(failure.backend, 'api')
    assert.is(failure.request, request)
    assert.is(failure.cause, error)
  })
}

test('a connection that ends in the body is an incomplete response, and a connection that is reset is terminated', () => {
  const inBody = { ...send, phase: 'body' } as const
  assert.is(toSendError(new errors.SocketError('other side closed'), inBody).code, 'HttpIncompleteResponse')
  assert.is(toSendError(coded('ECONNRESET'), inBody).code, 'ConnectionTerminated')
})

test('the reason is found among the causes of an unknown error, and the whole chain is kept', () => {
  const fetchFailed = new TypeError('fetch failed', { cause: new Error('deeper', { cause: coded('ECONNREFUSED') }) })
  const failure = toSendError(fetchFailed, send)
  assert.is(failure.code, 'ConnectionRefused')
  assert.is(failure.cause, fetchFailed)
})

test('the outermost known error in a chain of causes decides', () => {
  const error = Object.assign(new errors.ConnectTimeoutError(), { cause: coded('ECONNRESET') })
  assert.is(toSendError(error, send).code, 'ConnectionTimeout')
})

test('an AggregateError means what the first of its known errors means', () => {
  const all = new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')])
  assert.is(toSendError(all, send).code, 'DestinationIpUnroutable')
})

test('an AggregateError may hold any number of errors', () => {
  const all = new AggregateError([...new Array<Error>(200_000).fill(new Error('unknown')), coded('ECONNREFUSED')])
  assert.is(toSendError(all, send).code, 'ConnectionRefused')
})

test('an error whose `errors` is no list of errors is read by its own code', () => {
  for (const errors of [{ name: 'is missing' }, 5, null, coded('ECONNRESET')])
    assert.is(toSendError(Object.assign(coded('ECONNREFUSED'), { errors }), send).code, 'ConnectionRefused')
  assert.is(toSendError(Object.assign(new Error('invalid'), { errors: 5 }), send).code, 'InternalError')
})

test('a send error in a chain of causes is returned as it is', () => {
  const own = new SendError('IoError', send)
  assert.is(toSendError(own, send), own)
  assert.is(toSendError(new Error('wrapped', { cause: own }), send), own)
})

test('a cycle of causes does not hang', () => {
  const circle = new Error('a')
  circle.cause = new Error('b', { cause: circle })
  assert.is(toSendError(circle, send).code, 'InternalError')
})

test('a thrown value that is no error becomes an InternalError', () => {
  for (const thrown of ['text', undefined, null, 7]) assert.is(toSendError(thrown, send).code, 'InternalError')
})

test.run()
