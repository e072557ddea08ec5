/** An operation that has its answer before it begins: it costs a coroutine no generator. */

import type { Effect, Operation } from 'effection'

/** Operation, iterator and result in one, like `Ready`. */
class Known<T> implements Operation<T>, Iterator<Effect<unknown>, T, unknown> {
  readonly done = true

  constructor(readonly value: T) {}

  [Symbol.iterator](): this {
    return this
  }

  next(): this & IteratorReturnResult<T> {
    return this
  }
}

/** Returns `value` at once. */
export function known<T>(value: T): Operation<T> {
  return new Known(value)
}
