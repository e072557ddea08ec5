/** An operation whose result is known before it starts: it costs a coroutine no generator. */

import type { Effect, Operation } from 'effection'

/** Operation, iterator and iterator result in one object, like `Ready`. */
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
