/** Time enters the library here, and nowhere else: no other file in `lib/` reads a clock or sets a timer. */

import { InvalidArgumentError } from './errors.js'
import type { Undo } from './undo.js'

/** Where the library reads time. Give your own to `openCache` to test what depends on it. */
export interface Clock {
  /** Milliseconds, monotonic, with a fraction; the origin is arbitrary. Freshness is computed from this one. */
  now(): number
  /** Milliseconds since the Unix epoch; only to compare with dates that came over the wire. */
  wallNow(): number
  /** Calls `callback` once, `delayMs` milliseconds from now. `keepAlive` (default true) keeps the event loop running. */
  setTimer(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Undo
}

/** Longest delay a Node timer takes before it overflows to 1 ms: 24.8 days. A longer one runs in several timers, one after another. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/**
 * The machine's clock. All threads share its monotonic time, because they compare times: an answer that is stale at once in one
 * thread must not be fresh in another whose clock is behind. `performance.now()` will not do: it has another origin in each
 * thread, which no thread can convert exactly, since the thread may be suspended between reading the two clocks.
 */
export const systemClock: Clock = {
  now() {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1000 + nanoseconds / 1e6
  },
  wallNow: () => Date.now(),
  // An event loop that was busy fires its timers before it reads what came meanwhile. So a limit that was kept would count as passed,
  // if the callback did not wait until that was read.
  setTimer(delayMs, callback, options) {
    let leftMs = Math.max(delayMs, 0)
    let timer: NodeJS.Timeout
    let due: NodeJS.Immediate | undefined
    const run = () => {
      const sliceMs = Math.min(leftMs, LONGEST_DELAY_MS)
      leftMs -= sliceMs
      timer = setTimeout(leftMs > 0 ? run : ring, sliceMs)
      if (options?.keepAlive === false) timer.unref()
    }
    const ring = () => {
      due = setImmediate(callback)
    }
    run()
    return () => {
      clearTimeout(timer)
      clearImmediate(due)
    }
  },
}

/** Throws `InvalidArgumentError` for anything but a clock. */
export function checkClock(clock: Partial<Clock> | null): void {
  for (const method of ['now', 'wallNow', 'setTimer'] as const)
    if (typeof clock?.[method] !== 'function') throw new InvalidArgumentError(`a clock has ${method}`)
}
