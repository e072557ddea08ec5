/** Errors as plain data that cross from one thread to another, and become instances of the same class there. */

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

/**
 * An error of this library has a `blame`; a `SendError` has `backend`, `request` and `suppressed` as well. A thrown value that is
 * no error has only a message, and becomes an `Error`.
 */
export interface SerializedError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly blame?: Blame
  readonly cause?: SerializedError
  readonly backend?: string
  readonly request?: RequestHead
  readonly suppressed?: SerializedError
  /** Of a `TimeoutError`. */
  readonly timeoutMs?: number
  /** Of a `BadHandleError`. */
  readonly handle?: number
  /** Of a system error, as Node names its fields. */
  readonly system?: SystemFields
}

type SystemFields = Readonly<Record<string, string | number>>

/** How many causes of causes cross; deeper ones are dropped. */
const DEEPEST = 4

/** What Node adds to the error of a system call, beside its code. */
const SYSTEM_FIELDS = ['errno', 'syscall', 'address', 'port', 'hostname'] as const

/** Error classes of this library by name. An error of one that is not listed becomes a `TidewaitError` with its name. */
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

/** Error classes of JavaScript by name. */
const NATIVE = byName<new (message: string) => Error>({ RangeError, SyntaxError, TypeError, URIError })

export function serializeError(thrown: unknown, depth = 0): SerializedError {
  const error = originalOf(thrown)
  if (!isError(error)) return { name: 'Error', message: inWords(error) }
  const { name, message, cause } = error
  const { code } = error as { code?: unknown }
  return {
    name: String(name),
    message: String(message),
    ...(typeof code === 'string' && { code }),
    ...(error instanceof TidewaitError && { blame: error.blame }),
    ...(cause !== undefined && depth < DEEPEST && { cause: serializeError(cause, depth + 1) }),
    ...(error instanceof SendError && sendErrorFields(error, depth)),
    ...(error instanceof TimeoutError && { timeoutMs: error.timeoutMs }),
    ...(error instanceof BadHandleError && { handle: error.handle }),
    ...('syscall' in error && { system: systemFields(error) }),
  }
}

function systemFields(error: Partial<Record<(typeof SYSTEM_FIELDS)[number], unknown>>): SystemFields {
  const system: Record<string, string | number> = {}
  for (const field of SYSTEM_FIELDS) {
    const value = error[field]
    if (typeof value === 'string' || typeof value === 'number') system[field] = value
  }
  return system
}

function sendErrorFields({ backend, request, suppressed }: SendError, depth: number): Partial<SerializedError> {
  if (suppressed === undefined || depth >= DEEPEST) return { backend, request }
  return { backend, request, suppressed: serializeError(suppressed, depth + 1) }
}

export function deserializeError(error: SerializedError): Error {
  const { name, code, message, blame, backend, request, system } = error
  const cause = error.cause && deserializeError(error.cause)
  if (request !== undefined && code !== undefined && isSendErrorCode(code)) {
    const failed = new SendError(code, { backend: backend ?? '', request, ...(blame && { blame }), cause })
    return error.suppressed === undefined
      ? failed
      : Object.assign(failed, { suppressed: deserializeError(error.suppressed) })
  }
  if (blame !== undefined) return deserializeOwn(error, blame, cause)
  const native = new (NATIVE.get(name) ?? Error)(message)
  if (native.name !== name) define(native, { name })
  Object.assign(native, code !== undefined && { code }, system)
  if (cause !== undefined) define(native, { cause })
  return native
}

/** Makes an instance without the constructor of its own class, because each takes other arguments and composes its own message. */
function deserializeOwn(error: SerializedError, blame: Blame, cause: Error | undefined): TidewaitError {
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
 * The keys are the names as written in this file, not `class.name`: a bundler may shorten that to a name which means another class
 * in the other thread's bundle. It is a map because every plain object has a `constructor` property, which is no error class.
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
