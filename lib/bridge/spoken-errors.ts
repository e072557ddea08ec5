/** Errors as they cross from one thread to another, and come out as the class they were. */

import {
  type Blame,
  ClosedError,
  type ErrorCode,
  HostLostError,
  InvalidArgumentError,
  TidewaitError,
  TimeoutError,
  TruncatedBodyError,
} from '../base/errors.js'
import type { RequestHead } from '../http/message.js'
import { isSendErrorCode, SendError } from '../pending/send-error.js'

export interface SpokenError {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly blame: Blame
  readonly cause?: SpokenError | undefined
  /** Of a `SendError`. */
  readonly backend?: string
  readonly request?: RequestHead
  /** Of a `TimeoutError`. */
  readonly timeoutMs?: number
}

/** Causes of causes are cut off here. */
const DEEPEST = 4

export function spoken(error: unknown, depth = 0): SpokenError {
  if (!(error instanceof Error)) return { name: 'Error', code: '', message: String(error), blame: 'bug' }
  const { name, message } = error
  const { code } = error as { code?: unknown }
  return {
    name,
    message,
    code: typeof code === 'string' ? code : '',
    blame: error instanceof TidewaitError ? error.blame : 'bug',
    ...(error.cause !== undefined && depth < DEEPEST && { cause: spoken(error.cause, depth + 1) }),
    ...(error instanceof SendError && { backend: error.backend, request: error.request }),
    ...(error instanceof TimeoutError && { timeoutMs: error.timeoutMs }),
  }
}

export function heard(error: SpokenError): Error {
  const { name, code, message, blame } = error
  const cause = error.cause && heard(error.cause)
  if (error.request !== undefined && isSendErrorCode(code)) {
    return new SendError(code, { backend: error.backend ?? '', request: error.request, blame, cause })
  }
  switch (name) {
    case 'TimeoutError':
      return new TimeoutError(error.timeoutMs ?? 0)
    case 'ClosedError':
      return new ClosedError(message.replace(/ is closed$/, ''))
    case 'InvalidArgumentError':
      return new InvalidArgumentError(message, { cause })
    case 'TruncatedBodyError':
      return new TruncatedBodyError(message, { blame, cause })
    case 'HostLostError':
      return new HostLostError(cause)
  }
  const plain =
    code === ''
      ? new Error(message, { cause })
      : new TidewaitError<string>(code as ErrorCode, message, { blame, cause })
  Object.defineProperty(plain, 'name', { value: name })
  return plain
}
