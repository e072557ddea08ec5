/** The handles of a reactor's own: the end of a coroutine, or of what only the event loop brings about. */

import type { Undo } from '../base/undo.js'
import type { Coroutine } from './coroutine.js'
import { ManualReadiness } from './manual.js'
import type { Handle } from './readiness.js'

/**
 * As callers see them they are numbers of 32 bits like all others, counted down from here: far from where any source
 * begins, or ends. While such a number is in use, it means what is the reactor's own.
 */
const SHOWN_FIRST = 0x65a3_71c9
/** Below this no number is one of the reactor's own as callers see them. */
const SHOWN_LAST = SHOWN_FIRST - 0x0fff_ffff

/** What such a handle stands for: a coroutine's end, or something in words. */
export type Meaning = Coroutine<unknown> | string

/**
 * They are negative where a source's are not. So both are small integers, which an object holds in place, and callers see
 * small ones too: one number too large for that in one coroutine would have V8 put the handle of every coroutine into a
 * box of its own. Measured: 16 bytes each, up to twice the time for the whole work at 1,000 coroutines, and a quarter to a
 * half more for one woken among a million.
 */
export class OwnHandles {
  readonly #readiness = new ManualReadiness()
  readonly #meanings: (Meaning | undefined)[] = []
  #loopBound = 0

  /** Whether any is open whose end only the event loop brings about: a promise, an effect of Effection's. */
  get needEventLoop(): boolean {
    return this.#loopBound > 0
  }

  /** A new one, for `fulfil`. */
  open(meaning: Meaning): Handle {
    const index = this.#readiness.open()
    this.#meanings[index] = meaning
    if (typeof meaning === 'string') this.#loopBound++
    return ~index
  }

  /** One that is always ready. */
  openReady(): Handle {
    const index = this.#readiness.open()
    this.#meanings[index] = 'nothing'
    this.#readiness.settle(index)
    return ~index
  }

  /** Tells whoever watches, for the last time. */
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

  /** What callers see of a handle: a number of 32 bits. */
  shown(handle: Handle): Handle {
    return isOwn(handle) ? SHOWN_FIRST - ~handle : handle
  }

  /** The handle that a caller means. */
  meant(handle: Handle): Handle {
    if (!(handle >= SHOWN_LAST && handle <= SHOWN_FIRST)) return handle
    const index = SHOWN_FIRST - handle
    return this.#meanings[index] === undefined ? handle : ~index
  }

  watch(listener: (handle: Handle) => void): Undo {
    return this.#readiness.watch((index) => listener(~index))
  }
}

export function isOwn(handle: Handle): boolean {
  return handle < 0
}

/** From 0 on, and used again: where to keep what belongs to a handle of one's own. */
export function placeOf(handle: Handle): number {
  return ~handle
}
