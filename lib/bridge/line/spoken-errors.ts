/** Errors as they cross from one thread to another, and come out as the class they were. */

import {
  AlreadyFinishedError,
  BadHandleError,
  type Blame,
  CancelledError,
  ClosedError,
  HostLostError,
  InvalidArgumentError,
  originalOf,
  TidewaitError,
  TimeoutError,
  TruncatedBodyError,
} from '../../base/errors.js'
import { isError } from '../../base/realms.js'
import type { RequestHead } from '../../http/message.js'
import { isSendErrorCode, SendError } from '../../pending/send-error.js'
import { NotAnEffectError, WouldDeadlockError } from '../../scheduler/index.js'

/** One of ours has a `blame`, a `SendError` also where it was going, and what went wrong besides; what is no error at all has only a message. */
export interface SpokenError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly blame?: Blame
  readonly cause?: SpokenError
  readonly backend?: string
  readonly request?: RequestHead
  readonly suppressed?: SpokenError
  /** Of a `TimeoutError`. */
  readonly timeoutMs?: number
  /** Of a `BadHandleError`. */
  readonly handle?: number
}

/** Causes of causes are cut off here. */
const DEEPEST = 4

/** Classes of ours by name. One that is not listed comes out as a `TidewaitError` of that name. */
const OURS = byName<{ readonly prototype: TidewaitError }>({
  AlreadyFinishedError,
  BadHandleError,
  CancelledError,
  ClosedError,
  HostLostError,
  InvalidArgumentError,
  NotAnEffectError,
  TimeoutError,
  TruncatedBodyError,
  WouldDeadlockError,
})

/** Classes of the language by name. */
const NATIVE = byName<new (message: string) => Error>({ RangeError, SyntaxError, TypeError, URIError })

export function spoken(thrown: unknown, depth = 0): SpokenError {
  const error = originalOf(thrown)
  if (!isError(error)) return { name: 'Error', message: inWords(error) }
  const { name, message, cause } = error
  const { code } = error as { code?: unknown }
  return {
    name: String(name),
    message: String(message),
    ...(typeof code === 'string' && { code }),
    ...(error instanceof TidewaitError && { blame: error.blame }),
    ...(cause !== undefined && depth < DEEPEST && { cause: spoken(cause, depth + 1) }),
    ...(error instanceof SendError && spokenSend(error, depth)),
    ...(error instanceof TimeoutError && { timeoutMs: error.timeoutMs }),
    ...(error instanceof BadHandleError && { handle: error.handle }),
  }
}

function spokenSend({ backend, request, suppressed }: SendError, depth: number): Partial<SpokenError> {
  if (suppressed === undefined || depth >= DEEPEST) return { backend, request }
  return { backend, request, suppressed: spoken(suppressed, depth + 1) }
}

export function heard(error: SpokenError): Error {
  const { name, code, message, blame, backend, request } = error
  const cause = error.cause && heard(error.cause)
  if (request !== undefined && code !== undefined && isSendErrorCode(code)) {
    const failed = new SendError(code, { backend: backend ?? '', request, ...(blame && { blame }), cause })
    return error.suppressed === undefined ? failed : Object.assign(failed, { suppressed: heard(error.suppressed) })
  }
  if (blame !== undefined) return heardAsOurs(error, blame, cause)
  const native = new (NATIVE.get(name) ?? Error)(message)
  if (native.name !== name) define(native, { name })
  if (code !== undefined) Object.assign(native, { code })
  if (cause !== undefined) define(native, { cause })
  return native
}

/** Each class has a constructor of its own, and a message made by it: only what comes out is told here. */
function heardAsOurs(error: SpokenError, blame: Blame, cause: Error | undefined): TidewaitError {
  const { name, code = '', message, timeoutMs, handle } = error
  const ours = new TidewaitError(code, message, { blame, ...(cause && { cause }) })
  const known = OURS.get(name)
  if (known === undefined) define(ours, { name })
  else Object.setPrototypeOf(ours, known.prototype)
  // The wait graph stays in the message: its coroutines are not of this thread.
  if (known === WouldDeadlockError) return Object.assign(ours, { waits: [] })
  return Object.assign(ours, timeoutMs !== undefined && { timeoutMs }, handle !== undefined && { handle })
}

/**
 * By the names as they are written here: what a bundler has shortened them to may be another class in the other thread's bundle.
 * A map, for every object has a `constructor`.
 */
function byName<C>(classes: Readonly<Record<string, C>>): ReadonlyMap<string, C> {
  return new Map(Object.entries(classes))
}

function define(error: Error, properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties))
    Object.defineProperty(error, key, { value, configurable: true, writable: true })
}

function inWords(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
