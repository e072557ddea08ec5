/** The access log: the record of each request, or refused connection, once its answer has ended, and its form as one line. */

import type { IncomingMessage } from 'node:http'
import { InvalidArgumentError } from '../base/errors.js'
import { checkObject } from '../base/options.js'
import { isPromise } from '../base/realms.js'
import { warnOf } from '../base/warn.js'
import type { AnswerSource } from '../pending/answer.js'
import type { SendErrorCode } from '../pending/send-error.js'

/** The parts of a request line. */
export type RequestLine = Pick<AccessRecord, 'method' | 'target' | 'httpVersion'>

type Written = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion'>

/** One request, or a connection refused without one, and what became of it. */
export interface AccessRecord {
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number
  /** The client's address; `-` if it is no longer known. */
  readonly client: string
  /** As in the request line, like `target` and `httpVersion`. All three are `-` if what came could not be read as a request. */
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** `1.1` or `1.0`. */
  readonly httpVersion: string
  /** The status of the answer; 0 if the client was gone before the answer began. */
  readonly status: number
  /** How many bytes were sent, of head and body. */
  readonly bytes: number
  /** Milliseconds from the head of the request to the last byte of the answer. */
  readonly durationMs: number
  /** How the answer came about: `refused` if the proxy answered by itself, `failed` if a fetch got no answer. */
  readonly outcome: AnswerSource | 'failed'
  /** Whether the whole answer was sent. */
  readonly end: 'whole' | 'cut'
  /** The code of the `SendError` because of which there was no answer, or only a stale one. */
  readonly error?: SendErrorCode | undefined
}

/**
 * Formats a record as one line: fields in fixed places, the code of a failure last. Nothing a client sends can begin a new line.
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

/** The parts of a request's line, as they came. */
export function requestLine({ method = '', url: target = '', httpVersion }: Written): RequestLine {
  return { method, target, httpVersion }
}

/** Stands for the request line where none could be read. */
export const UNREAD: RequestLine = { method: '-', target: '-', httpVersion: '-' }

/** Wraps `log` so that it never throws. Warns at its first failure, and again at the first failure after it has worked. */
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
