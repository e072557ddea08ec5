/** The effect that waits for a promise. A scheduler parks on it without a task; an Effection program may yield it too. */

import { type Effect, Err, Ok, type Operation } from 'effection'
import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import { START, STARTED } from './ready.js'
import { onceSettled } from './settling.js'

/** The effect: resumes with what the promise resolves to, throws what it rejects with. */
export class Promised<T> implements Effect<T> {
  constructor(readonly promise: PromiseLike<T>) {}

  get description(): string {
    return 'a promise'
  }

  enter(...[resolve]: Parameters<Effect<T>['enter']>): ReturnType<Effect<T>['enter']> {
    const stopListening = onceSettled(this.promise, ({ method, value }) =>
      resolve(method === 'next' ? Ok(value as T) : Err(value as Error)),
    )
    return (exited) => {
      stopListening()
      exited(Ok())
    }
  }
}

/**
 * Waits for `promise`. If the coroutine is cancelled meanwhile, the promise's result is ignored.
 *
 * @throws InvalidArgumentError inside the coroutine, if `promise` has no `then`
 * @example
 * const config = scheduler.spawn(function* () {
 *   const text = yield* promised(readFile('config.json', 'utf8'))
 *   return JSON.parse(text)
 * })
 * console.log(await config)
 */
export function* promised<T>(promise: PromiseLike<T>): Operation<T> {
  if (typeof promise?.then !== 'function') throw new InvalidArgumentError(`not a promise: ${printed(promise)}`)
  let sent = yield new Promised(promise)
  while (sent === START) sent = yield STARTED
  return sent as T
}
