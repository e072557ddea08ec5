/** What is told of each request once its answer has ended, and how that looks on one line. */

import type { AnswerSource } from '../pending/answer.js'

/**
 * `outcome` is how the answer came about; `refused` also stands for what the proxy answers by itself, and `failed` for a
 * fetch without an answer. `end` says whether the client got all of it.
 */
export interface AccessRecord {
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number
  readonly client: string
  readonly method: string
  /** As in the request line. */
  readonly target: string
  readonly httpVersion: string
  readonly status: number
  /** Bytes sent, head and body. */
  readonly bytes: number
  readonly durationMs: number
  readonly outcome: AnswerSource | 'failed'
  readonly end: 'whole' | 'cut'
}

/** One line, fields in fixed places; nothing a client sends can begin another. */
export function accessLine(record: AccessRecord): string {
  const { startedAtMs, client, method, target, httpVersion, status, bytes, durationMs, outcome, end } = record
  const requestLine = quoted(`${method} ${target} HTTP/${httpVersion}`)
  const time = new Date(startedAtMs).toISOString()
  return `${time} ${client} ${requestLine} ${status} ${bytes} ${durationMs.toFixed(1)}ms ${outcome} ${end}`
}

function quoted(text: string): string {
  const safe = text.replace(/["\\]|[^\x20-\x7e]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${safe}"`
}
