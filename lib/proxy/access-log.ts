/** What is told of each request once its answer has ended, and how that looks on one line. */

import type { IncomingMessage } from 'node:http'
import { InvalidArgumentError } from '../base/errors.js'
import { checkObject } from '../base/options.js'
import { isPromise } from '../base/realms.js'
import { warnOf } from '../base/warn.js'
import type { AnswerSource } from '../pending/answer.js'
import type { SendErrorCode } from '../pending/send-error.js'

/** The parts of its request line. */
export type RequestLine = Pick<AccessRecord, 'method' | 'target' | 'httpVersion'>

type Written = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion'>

/** One request, and what became of it. */
export interface AccessRecord {
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number
  /** Its address; `-` where that is not known any more. */
  readonly client: string
  /** As in the request line, like `target` and `httpVersion`; all three are `-` where what came could not be read as a request. */
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** `1.1`, or `1.0`. */
  readonly httpVersion: string
  /** Of the answer; 0 where the client was gone before that began. */
  readonly status: number
  /** Bytes sent, head and body. */
  readonly bytes: number
  /** From the head of the request to the last byte of the answer. */
  readonly durationMs: number
  /** How the answer came about. `refused` is also what the proxy answers by itself, `failed` a fetch without an answer. */
  readonly outcome: AnswerSource | 'failed'
  /** Whether the client got all of it. */
  readonly end: 'whole' | 'cut'
  /** Why there was no answer, or only a stale one: the code of the `SendError`. */
  readonly error?: SendErrorCode | undefined
}

/**
 * One line, fields in fixed places, the code of a failure last; nothing a client sends can begin another.
 *
 * @throws InvalidArgumentError
 * @example
 * const proxy = createProxy(cache, {
 *   origin: 'http://localhost:8080',
 *   accessLog: (record) => console.log(accessLine(record)),
 * })
 */
export function accessLine(record: AccessRecord): string {
  checkObject('record', record)
  const { startedAtMs, client, method, target, httpVersion, status, bytes, durationMs, outcome, end, error } = record
  const asked = method === UNREAD.method ? '"-"' : quoted(`${method} ${target} HTTP/${httpVersion}`)
  const time = new Date(startedAtMs)
  if (Number.isNaN(time.getTime()) || typeof durationMs !== 'number')
    throw new InvalidArgumentError('a record has its time, and how long it took')
  const line = `${time.toISOString()} ${client} ${asked} ${status} ${bytes} ${durationMs.toFixed(1)}ms ${outcome} ${end}`
  return error === undefined ? line : `${line} ${error}`
}

/** The parts of the request line, as they came. */
export function requestLine({ method = '', url: target = '', httpVersion }: Written): RequestLine {
  return { method, target, httpVersion }
}

/** Where there was none. */
export const UNREAD: RequestLine = { method: '-', target: '-', httpVersion: '-' }

/** `log`, for those who must not notice that it fails: that is told when it begins to, and again once it has worked meanwhile. */
export function neverFailing(log: (record: AccessRecord) => unknown): (record: AccessRecord) => void {
  let state: 'works' | 'fails' = 'works'
  const worked = () => {
    state = 'works'
  }
  const failed = (failure: unknown) => {
    if (state === 'works') warnOf('the access log', failure)
    state = 'fails'
  }
  return (record) => {
    try {
      const logged = log(record)
      if (isPromise(logged)) logged.then(worked, failed)
      else worked()
    } catch (failure) {
      failed(failure)
    }
  }
}

function quoted(text: string): string {
  const safe = text.replace(/["\\]|[^\x20-\x7e]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${safe}"`
}
