/** What becomes of a connection of which Node's parser or timers report an error (`clientError`). */

import { type RequestLine, UNREAD } from './access-log.js'
import { CUT_SHORT, HEAD_TOO_LARGE, type Refusal, TOO_SLOW } from './refusal.js'

/** As Node adds to errors of its parser: the input, and how much of it was read. */
interface ParserError extends Error {
  readonly code?: string
  readonly reason?: string
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

export interface Unreadable {
  readonly refusal: Refusal
  readonly line: RequestLine
}

/** The parser knows a list of methods and reads no request with another. 501 is for those (RFC 9110 9.1), 400 for what is no request. */
const UNKNOWN_METHOD: Refusal = { status: 501, why: 'that method is not known here', connection: 'close' }
const NOT_HTTP: Refusal = { status: 400, why: 'that is not HTTP/1.1', connection: 'close' }

export function unreadable(error: ParserError): Unreadable {
  const line = isOfMethod(error) ? lineOf(error) : undefined
  return line === undefined ? { refusal: refusalOf(error), line: UNREAD } : { refusal: UNKNOWN_METHOD, line }
}

function refusalOf({ code }: ParserError): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return HEAD_TOO_LARGE
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return TOO_SLOW
    case 'HPE_INVALID_EOF_STATE':
      return CUT_SHORT
    default:
      return NOT_HTTP
  }
}

/** The second code is for methods of RTSP, which the parser knows too. */
function isOfMethod({ code, reason = '' }: ParserError): boolean {
  return code === 'HPE_INVALID_METHOD' || (code === 'HPE_INVALID_CONSTANT' && reason.startsWith('Invalid method'))
}

const LINE = /^([!#$%&'*+.^_`|~\w-]+) ([^\s]+) HTTP\/(1\.[01])\r$/

/** The request line in which the parser stopped; `undefined` if that is none, or has come in several pieces. */
function lineOf({ rawPacket, bytesParsed = 0 }: ParserError): RequestLine | undefined {
  if (rawPacket === undefined) return undefined
  const begin = rawPacket.subarray(0, bytesParsed).lastIndexOf('\n') + 1
  const end = rawPacket.indexOf('\n', begin)
  const [, method, target, httpVersion] = LINE.exec(rawPacket.toString('latin1', begin, Math.max(begin, end))) ?? []
  if (method === undefined || target === undefined || httpVersion === undefined) return undefined
  return { method, target, httpVersion }
}
