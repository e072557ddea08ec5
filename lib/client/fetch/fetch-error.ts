/** The errors of `fetch`: `TypeError`s, as the Fetch standard has it, each of which also stands for the library's own error. */

import { standIn, TidewaitError } from '../../base/errors.js'
import { isTypeError } from '../../base/realms.js'
import type { RequestHead } from '../../http/message.js'
import { isSendError, type SendError } from '../../pending/send-error.js'

/** The exact messages that users of any `fetch` compare: no answer came, or the body broke off. */
type Message = 'fetch failed' | 'terminated'
const MESSAGES: readonly string[] = ['fetch failed', 'terminated'] satisfies Message[]

/**
 * An instance of `TypeError` that is also an `instanceof` the original's class, and has the original's properties. Its `cause` is
 * the one that the platform's own `fetch` would have: the system's error, if there was one.
 */
class FetchError extends TypeError {
  readonly #original: TidewaitError

  constructor(original: TidewaitError, message: string) {
    super(message, { cause: systemError(original.cause) ?? original })
    this.#original = original
    Object.assign(this, original)
    standIn(this, original)
  }

  /** The request of a `SendError`. A getter, so that it is not printed. */
  get request(): RequestHead | undefined {
    return (this.#original as Partial<SendError>).request
  }
}

/** The system's error. An injected `fetch` fails with a `TypeError` too, whose own cause is the system's error. */
function systemError(cause: unknown): unknown {
  const isOfFetch = isTypeError(cause) && MESSAGES.includes(cause.message)
  return (isOfFetch ? cause.cause : undefined) ?? cause
}

/** A network error of the Fetch standard, also for a redirect that cannot be followed. */
export function networkError(why: string): TypeError {
  return failedBy(new Error(why))
}

/** A network error with an error of the platform as its cause. */
export function failedBy(cause: unknown): TypeError {
  return withCause('fetch failed', cause)
}

/** The error for a body that contradicts its header fields. */
export function unreadable(cause: unknown): TypeError {
  return withCause('terminated', cause)
}

function withCause(message: Message, cause: unknown): TypeError {
  return new TypeError(message, { cause })
}

/**
 * `failure` as `fetch`, or the body of its answer, fails with it. An error that is not the library's own, or is a `TypeError`
 * already, is returned unchanged.
 */
export function asFetchError(failure: unknown, message: Message): unknown {
  if (!(failure instanceof TidewaitError) || failure instanceof TypeError) return failure
  return new FetchError(failure, isSendError(failure) || message === 'terminated' ? message : failure.message)
}
