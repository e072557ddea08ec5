/** Own handles: those that a reactor opens itself, for the end of a coroutine, a promise or a foreign effect. */

import type { Undo } from '../base/undo.js'
import type { Coroutine } from './coroutine.js'
import { ManualReadiness } from './manual.js'
import type { Handle } from './readiness.js'

/**
 * Callers see own handles as 32-bit numbers like all others, counted down from this one, far from where any source begins or
 * ends. While such a number is in use it stands for the own handle, even if the source has a handle of that number.
 */
const PUBLIC_FIRST = 0x65a3_71c9
/** No own handle has a lower public number. */
const PUBLIC_LAST = PUBLIC_FIRST - 0x0fff_ffff

/** What an own handle stands for: the end of a coroutine, or, in words, something that only the event loop can bring about. */
export type Meaning = Coroutine<unknown> | string

/**
 * Inside the scheduler own handles are negative, and those of a source are not. Own handles, their public numbers, and handles
 * of a source below 2 ** 31 are small integers to V8, which an object stores in place. One larger number in the `handle` of one
 * coroutine would have V8 box that field in every coroutine. Measured: 16 bytes for each, up to twice the time for the whole
 * work at 1,000 coroutines, and a quarter to a half more to wake one among a million.
 */
export class OwnHandles {
  readonly #readiness = new ManualReadiness()
  readonly #meanings: (Meaning | undefined)[] = []
  #loopBound = 0

  /** Whether a handle is open that only the event loop can settle: for a promise or a foreign effect. */
  get needEventLoop(): boolean {
    return this.#loopBound > 0
  }

  /** Opens a handle. `fulfil` closes it. */
  open(meaning: Meaning): Handle {
    const index = this.#readiness.open()
    this.#meanings[index] = meaning
    if (typeof meaning === 'string') this.#loopBound++
    return ~index
  }

  /** Opens a handle that is always ready. */
  openReady(): Handle {
    const index = this.#readiness.open()
    this.#meanings[index] = 'nothing'
    this.#readiness.settle(index)
    return ~index
  }

  /** Makes `handle` ready, tells the listeners, and closes it. */
  fulfil(handle: Handle): void {
    const index = ~handle
    if (typeof this.#meanings[index] === 'string') this.#loopBound--
    this.#meanings[index] = undefined
    this.#readiness.settle(index)
    this.#readiness.close(index)
  }

  isReady(handle: Handle): boolean {
    return this.#readiness.isReady(~handle)
  }

  meaning(handle: Handle): Meaning | undefined {
    return this.#meanings[~handle]
  }

  /** The 32-bit number by which callers know `handle`. */
  toPublic(handle: Handle): Handle {
    return isOwn(handle) ? PUBLIC_FIRST - ~handle : handle
  }

  /** The handle for which `handle`, given by a caller, stands. */
  fromPublic(handle: Handle): Handle {
    if (!(handle >= PUBLIC_LAST && handle <= PUBLIC_FIRST)) return handle
    const index = PUBLIC_FIRST - handle
    return this.#meanings[index] === undefined ? handle : ~index
  }

  watch(listener: (handle: Handle) => void): Undo {
    return this.#readiness.watch((index) => listener(~index))
  }
}

export function isOwn(handle: Handle): boolean {
  return handle < 0
}

/** An index from 0 on for an own handle; it is reused after the handle is closed. */
export function ownIndex(handle: Handle): number {
  return ~handle
}
