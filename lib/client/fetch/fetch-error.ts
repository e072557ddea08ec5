/** How `fetch` fails: by a `TypeError`, as the Fetch standard has it, that stands for the error of ours which says why. */

import { standIn, TidewaitError } from '../../base/errors.js'
import { isTypeError } from '../../base/realms.js'
import type { RequestHead } from '../../http/message.js'
import { isSendError, type SendError } from '../../pending/send-error.js'

/** What clients of every `fetch` look for, to the letter: no answer came, or the body broke off. */
type Message = 'fetch failed' | 'terminated'
const MESSAGES: readonly string[] = ['fetch failed', 'terminated'] satisfies Message[]

/**
 * An `instanceof` of `TypeError` and of the class it stands for, with all that one has, and the cause that the platform's
 * own `fetch` would have: the error of the system, where there was one.
 */
class FetchError extends TypeError {
  readonly #original: TidewaitError

  constructor(original: TidewaitError, message: string) {
    super(message, { cause: systems(original.cause) ?? original })
    this.#original = original
    Object.assign(this, original)
    standIn(this, original)
  }

  /** Of a `SendError`. Not a property, so that it is not printed. */
  get request(): RequestHead | undefined {
    return (this.#original as Partial<SendError>).request
  }
}

/** A fetch that the cache was given says as little as this one does, and has the error of the system for its own cause. */
function systems(cause: unknown): unknown {
  const isOfFetch = isTypeError(cause) && MESSAGES.includes(cause.message)
  return (isOfFetch ? cause.cause : undefined) ?? cause
}

/** What the Fetch standard calls a network error: a redirect that cannot be followed is one, too. */
export function networkError(why: string): TypeError {
  return failedBy(new Error(why))
}

/** The same, where the platform has an error that says why. */
export function failedBy(cause: unknown): TypeError {
  return withCause('fetch failed', cause)
}

/** A body that came, and is not what its fields say. */
export function unreadable(cause: unknown): TypeError {
  return withCause('terminated', cause)
}

function withCause(message: Message, cause: unknown): TypeError {
  return new TypeError(message, { cause })
}

/**
 * `failure` as a `fetch`, or the body of its answer, fails with it. What is not of ours is the caller's own, and stays
 * what it is.
 */
export function asFetchError(failure: unknown, message: Message): unknown {
  if (!(failure instanceof TidewaitError) || failure instanceof TypeError) return failure
  return new FetchError(failure, isSendError(failure) || message === 'terminated' ? message : failure.message)
}
