/** `yield* pending`: wait for another coroutine, as a coroutine or as an Effection task. */

import type { Effect } from 'effection'
import type { Coroutine } from './coroutine.js'
import { ReadyAt } from './ready.js'

/**
 * Whoever is the first to want a coroutine, by `yield*`, owns it: if the owner is cancelled while it waits and nobody
 * else waits, the coroutine is cancelled too. One that was already on its way is only watched.
 */
export class Join<T> implements Iterator<Effect<unknown>, T, unknown> {
  #waits: 'not yet' | 'as owner' | 'as observer' | 'no longer' = 'not yet'

  constructor(readonly target: Coroutine<T>) {}

  next(): IteratorResult<Effect<unknown>, T> {
    const { target } = this
    if (target.finished) {
      this.#leave()
      return { done: true, value: target.answer() }
    }
    if (this.#waits === 'not yet') {
      this.#waits = target.state === 'fresh' ? 'as owner' : 'as observer'
      target.particular.joiners++
    }
    return new ReadyAt(target.scheduler.doneHandle(target), target.scheduler)
  }

  return(value: T): IteratorResult<Effect<unknown>, T> {
    const wasOwner = this.#waits === 'as owner'
    this.#leave()
    const { target } = this
    if (wasOwner && !target.finished && nobodyWants(target)) target.cancel()
    return { done: true, value }
  }

  throw(failure: unknown): never {
    this.#leave()
    throw failure
  }

  #leave(): void {
    const { particulars } = this.target
    if (particulars !== undefined && (this.#waits === 'as owner' || this.#waits === 'as observer'))
      particulars.joiners--
    this.#waits = 'no longer'
  }
}

function nobodyWants(target: Coroutine<unknown>): boolean {
  const { joiners, listeners } = target.particular
  return joiners === 0 && listeners.length === 0
}
