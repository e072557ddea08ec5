/** How a leader ends its obligation: with which options, or why. They are checked before anything changes (semantics 4.1-12, 4.2). */

import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import type { WriteOptions } from '../http/options.js'
import { isSurrogateKey, MOST_LIST_BYTES } from '../http/surrogate-keys.js'
import { isToken } from '../http/token.js'

/**
 * `WriteOptions` of which only the lifetime is required. An option left out is empty, 0 or false, except that an update keeps the
 * stored vary names, surrogate keys and sensitivity.
 */
export type CommitOptions = Pick<WriteOptions, 'maxAgeMs'> & Partial<Omit<WriteOptions, 'maxAgeMs'>>

/** A mark's lifetime, and the request fields that select the variant it applies to. */
export interface MarkOptions {
  readonly maxAgeMs: number
  readonly varyNames?: readonly string[]
}

/**
 * Why a leader gives its obligation up.
 *
 * | because | what becomes of the waiters |
 * |---|---|
 * | left | the first waiter leads |
 * | failed-alone | the same: by a hook, and waiters have other hooks, or none; or behind a stale answer, where nobody is to hear of it (semantics 2.7) |
 * | failed | policy `onFailed`: all share `error`, unless a stale answer may be used; or the first leads |
 * | declined | the response may not be stored. Policy `onDeclined`: all lead side by side, and a mark lets later requests do so; or the first leads |
 */
export type AbandonReason =
  | { readonly because: 'left' }
  | { readonly because: 'failed-alone' }
  | { readonly because: 'failed'; readonly error: unknown }
  | { readonly because: 'declined' }

/** Throws `InvalidArgumentError`. */
export function checkCommitOptions(options: CommitOptions): void {
  checkDuration('maxAgeMs', options.maxAgeMs)
  checkDuration('initialAgeMs', options.initialAgeMs)
  checkDuration('staleWhileRevalidateMs', options.staleWhileRevalidateMs)
  checkDuration('staleIfErrorMs', options.staleIfErrorMs)
  checkNames(options.varyNames)
  checkSurrogateKeys(options.surrogateKeys)
  checkBytes('length', options.length)
  checkBytes('splice.before', options.splice?.before)
  checkBytes('splice.after', options.splice?.after)
}

/** Throws `InvalidArgumentError` for anything that is not 1 to 1024 visible ASCII characters. */
export function checkSurrogateKey(key: string): void {
  if (!isSurrogateKey(key)) throw new InvalidArgumentError(`not a surrogate key: ${printed(key)}`)
}

function checkSurrogateKeys(keys: readonly string[] = []): void {
  let bytes = -1
  for (const key of keys) {
    checkSurrogateKey(key)
    bytes += key.length + 1
  }
  if (bytes > MOST_LIST_BYTES)
    throw new InvalidArgumentError(`surrogate keys take ${bytes} bytes, more than ${MOST_LIST_BYTES}`)
}

function checkBytes(what: string, bytes: number | undefined): void {
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes >= 0))
    throw new InvalidArgumentError(`${what} must be a number of bytes, not ${bytes}`)
}

export function checkNames(names: readonly string[] = []): void {
  for (const name of names) {
    if (!isToken(name)) throw new InvalidArgumentError(`not a field name: ${printed(name)}`)
  }
}

export function checkDuration(what: string, ms: number | undefined): void {
  if (ms !== undefined && !(ms >= 0)) throw new InvalidArgumentError(`${what} must not be negative: ${ms}`)
}
