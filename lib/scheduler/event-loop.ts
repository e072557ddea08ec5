/** The event loop turns a scheduler from microtasks, as long as a coroutine is awaited and one can move. */

import { setImmediate } from 'node:timers'
import { inMicrotask } from '../base/microtask.js'
import type { Reactor } from './reactor.js'

/** After so many microtasks in a row the rest of the event loop has its turn: coroutines may wake each other for ever. */
const PATIENCE = 1_000

export class EventLoop {
  readonly #reactor: Reactor
  readonly #turn: () => void
  /** How many coroutines are awaited. */
  #attached = 0
  #microtask: 'none' | 'due' = 'none'
  /** Microtasks in a row after which a coroutine could still move. */
  #rounds = 0

  constructor(reactor: Reactor, turn: () => void) {
    this.#reactor = reactor
    this.#turn = turn
  }

  /** Whether the event loop turns the scheduler. */
  get isTurning(): boolean {
    return this.#attached > 0
  }

  /** One more coroutine is awaited. */
  attach(): void {
    this.#attached++
    this.callLater()
  }

  /** One coroutine less is awaited. */
  detach(): void {
    this.#attached--
  }

  /** A coroutine may have become able to move: schedules a turn, if one is needed and none is due. */
  callLater(): void {
    if (this.#attached === 0 || this.#reactor.runnable === 0 || this.#microtask === 'due') return
    this.#microtask = 'due'
    if (++this.#rounds < PATIENCE) inMicrotask(() => this.#turnAndCallAgain())
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
