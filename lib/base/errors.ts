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

/** From now on `error`, whose class is not one of ours, counts as the `original` too. */
export function standIn(error: Error, original: TidewaitError): void {
  originals.set(error, original)
}

/** The error of ours that `error` stands for, or `error` itself. */
export function originalOf(error: unknown): unknown {
  return originals.get(error as object) ?? error
}

/** Base class of all errors of this library. `code` is stable across releases; `message` is for people. */
export class TidewaitError<Code extends string = string> extends Error {
  /** What went wrong, for programs: one of a closed list. */
  readonly code: Code
  /** Who has to change something. */
  readonly blame: Blame

  /** True of what stands for an error of this class, too. */
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
 * Gives errors of these classes their names, spelled out here: a bundler shortens those of the classes themselves, and programs,
 * logs and other threads go by these.
 */
export function named(classes: Readonly<Record<string, { readonly prototype: TidewaitError }>>): void {
  for (const [name, { prototype }] of Object.entries(classes))
    Object.defineProperty(prototype, 'name', { value: name, writable: true, configurable: true })
}

/** An option, a URL, a header or another argument that cannot be meant. Thrown at the call; nothing has happened. */
export class InvalidArgumentError extends TidewaitError<'InvalidArgument'> {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('InvalidArgument', message, options)
  }
}

/** The handle is not open, or not of the kind the call needs (`BADF` of the host calls). Nothing has changed. */
export class BadHandleError extends TidewaitError<'BadHandle'> {
  constructor(
    /** The handle that is not open. */
    readonly handle: number,
    why = 'not an open handle',
  ) {
    super('BadHandle', `handle ${inspect(handle, { depth: 0 })}: ${why}`)
  }
}

/** `wait`, `select` or a lookup took longer than it was given. What was waited for goes on unharmed. */
export class TimeoutError extends TidewaitError<'Timeout'> {
  constructor(
    /** The milliseconds it was given. */
    readonly timeoutMs: number,
    what = 'not ready',
  ) {
    super('Timeout', `${what} within ${timeoutMs} ms`)
  }
}

/** The pending was cancelled; `cause` is the reason it was given. */
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

/** The thread that ran the cache is gone; whoever waited for it gets this (blame: `bug`, it should not have died). */
export class HostLostError extends TidewaitError<'HostLost'> {
  constructor(cause?: unknown) {
    super('HostLost', 'the host thread is gone', cause === undefined ? { blame: 'bug' } : { blame: 'bug', cause })
  }
}

/** Too late: an edit of a request that already has its answer, or a second read of a body that can be read once. */
export class AlreadyFinishedError extends TidewaitError<'AlreadyFinished'> {
  constructor(what: string, why = 'the request has already finished') {
    super('AlreadyFinished', `${what}: ${why}`)
  }
}

/** A body that ended before it was whole: its writer failed, or its length is not the one declared. */
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
