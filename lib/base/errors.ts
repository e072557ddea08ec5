/** The one base of every error the library throws: a code from a closed union, whose fault it was, and the evidence. */

import { inspect } from 'node:util'

/** Who has to change something so that this error does not come again. */
export type Blame = 'caller' | 'origin' | 'store' | 'bug'

/** Every code but those of a failed send, which `SendErrorCode` lists. */
export type ErrorCode =
  | 'AlreadyFinished'
  | 'BadHandle'
  | 'Busy'
  | 'Cancelled'
  | 'Closed'
  | 'HostLost'
  | 'InvalidArgument'
  | 'NotAnEffect'
  | 'Timeout'
  | 'TruncatedBody'
  | 'WouldDeadlock'

const originals = new WeakMap<object, TidewaitError>()

/** Makes `error`, whose class is not one of ours, count as `original` too: `instanceof` and the guards hold for it. */
export function standIn(error: Error, original: TidewaitError): void {
  originals.set(error, original)
}

/** The error that `error` stands in for, or `error` itself. */
export function originalOf(error: unknown): unknown {
  return originals.get(error as object) ?? error
}

/** Base class of all errors of this library. `code` is stable across releases; `message` is for people. */
export class TidewaitError<Code extends string = string> extends Error {
  /** What went wrong, for programs: one of a closed list. */
  readonly code: Code
  /** Who has to change something. */
  readonly blame: Blame

  /** Also true of an error that stands in for one of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const isInstance = Error[Symbol.hasInstance]
    // biome-ignore lint/complexity/noThisInStatic: every class below answers for itself
    return isInstance.call(this, value) || isInstance.call(this, originalOf(value))
  }

  constructor(code: Code, message: string, options: { blame?: Blame; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.blame = options.blame ?? 'caller'
  }
}

/**
 * Sets the `name` of the errors of these classes. The names are spelled out, because a bundler shortens the names of classes, and
 * programs, logs and other threads rely on them.
 */
export function named(classes: Readonly<Record<string, { readonly prototype: TidewaitError }>>): void {
  for (const [name, { prototype }] of Object.entries(classes))
    Object.defineProperty(prototype, 'name', { value: name, writable: true, configurable: true })
}

/** An option, a URL, a header or another argument is invalid. Thrown at the call; nothing has happened. */
export class InvalidArgumentError extends TidewaitError<'InvalidArgument'> {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('InvalidArgument', message, options)
  }
}

/** The handle is not open, or not of the kind that the call needs (`BADF` of the host calls). Nothing has changed. */
export class BadHandleError extends TidewaitError<'BadHandle'> {
  constructor(
    /** The handle that is not open. */
    readonly handle: number,
    why = 'not an open handle',
  ) {
    super('BadHandle', `handle ${inspect(handle, { depth: 0 })}: ${why}`)
  }
}

/** `wait`, `select` or a lookup reached its timeout. What was waited for goes on unharmed. */
export class TimeoutError extends TidewaitError<'Timeout'> {
  constructor(
    /** The timeout in milliseconds. */
    readonly timeoutMs: number,
    what = 'not ready',
  ) {
    super('Timeout', `${what} within ${timeoutMs} ms`)
  }
}

/** The pending was cancelled; `cause` is the reason given to `cancel`. */
export class CancelledError extends TidewaitError<'Cancelled'> {
  constructor(reason?: unknown) {
    super('Cancelled', 'cancelled', reason === undefined ? {} : { cause: reason })
  }
}

/** The cache, host or scheduler is closed and takes no new work. */
export class ClosedError extends TidewaitError<'Closed'> {
  constructor(what: string) {
    super('Closed', `${what} is closed`)
  }
}

/** The host thread is gone; every pending that waited for it fails with this (blame `bug`: the thread should not have died). */
export class HostLostError extends TidewaitError<'HostLost'> {
  constructor(cause?: unknown) {
    super('HostLost', 'the host thread is gone', cause === undefined ? { blame: 'bug' } : { blame: 'bug', cause })
  }
}

/** The call comes too late: the request already has its answer, or the body, which can be read once, was read. */
export class AlreadyFinishedError extends TidewaitError<'AlreadyFinished'> {
  constructor(what: string, why = 'the request has already finished') {
    super('AlreadyFinished', `${what}: ${why}`)
  }
}

/** The body is not whole: its writer failed, or it does not have the declared length. */
export class TruncatedBodyError extends TidewaitError<'TruncatedBody'> {
  constructor(message: string, options: { blame?: Blame; cause?: unknown } = {}) {
    super('TruncatedBody', message, { blame: 'origin', ...options })
  }
}

named({
  TidewaitError,
  InvalidArgumentError,
  BadHandleError,
  TimeoutError,
  CancelledError,
  ClosedError,
  HostLostError,
  AlreadyFinishedError,
  TruncatedBodyError,
})
