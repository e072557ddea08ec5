/** A clock that moves only when a spec moves it. */

import type { Clock } from '../../lib/base/clock.js'
import type { Undo } from '../../lib/base/undo.js'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

export class TestClock implements Clock {
  #startWallMs: number
  readonly #timers = new Set<Timer>()
  #nowMs = 0
  #order = 0

  /** `now()` starts at 0, `wallNow()` at `startWallMs`. */
  constructor(startWallMs = Date.UTC(2024, 0, 1)) {
    this.#startWallMs = startWallMs
  }

  now(): number {
    return this.#nowMs
  }

  wallNow(): number {
    return this.#startWallMs + this.#nowMs
  }

  setTimer(delayMs: number, callback: () => void): Undo {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves on by `ms`; timers fire in the order they are due, those set on the way included, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer)
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
      timer.callback()
    }
    this.#nowMs = untilMs
  }

  /** Changes the wall clock by that much; no time passes. */
  setWall(byMs: number): void {
    this.#startWallMs += byMs
  }

  /** How many timers are set. */
  pending(): number {
    return this.#timers.size
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer
      }
    }
    return next
  }
}
