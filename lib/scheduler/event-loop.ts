/** When the event loop turns a scheduler: from microtasks, as long as somebody awaits a coroutine and somebody can move. */

import type { Reactor } from './reactor.js'

/** So many microtasks in a row, and the rest of the event loop comes first: coroutines may wake each other for ever. */
const PATIENCE = 1_000

export class EventLoop {
  readonly #reactor: Reactor
  readonly #turn: () => void
  /** Coroutines that somebody awaits. */
  #attached = 0
  #microtask: 'none' | 'due' = 'none'
  /** Microtasks in a row that left somebody who could move. */
  #rounds = 0

  constructor(reactor: Reactor, turn: () => void) {
    this.#reactor = reactor
    this.#turn = turn
  }

  /** Whether it steps whoever can move. */
  get isTurning(): boolean {
    return this.#attached > 0
  }

  /** One more is awaited. */
  attach(): void {
    this.#attached++
    this.callLater()
  }

  /** One less is. */
  detach(): void {
    this.#attached--
  }

  /** Somebody may be able to move. */
  callLater(): void {
    if (this.#attached === 0 || this.#reactor.runnable === 0 || this.#microtask === 'due') return
    this.#microtask = 'due'
    if (++this.#rounds < PATIENCE) queueMicrotask(() => this.#turnAndCallAgain())
    else setImmediate(() => this.#turnAndCallAgain())
  }

  #turnAndCallAgain(): void {
    if (this.#rounds >= PATIENCE) this.#rounds = 0
    try {
      this.#turn()
    } finally {
      this.#microtask = 'none'
      if (this.#reactor.runnable === 0) this.#rounds = 0
      this.callLater()
    }
  }
}
