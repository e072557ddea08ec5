/** A source of readiness that is settled by hand. Its handles are dense numbers, reused after they are closed. */

import { BadHandleError, InvalidArgumentError } from '../base/errors.js'
import { checkMs, checkOptions, printed } from '../base/options.js'
import { sleepThread } from '../base/thread.js'
import type { Undo } from '../base/undo.js'
import type { Handle, Reaction, Readiness } from './readiness.js'
import { WouldDeadlockError } from './wait-graph.js'

const CLOSED = 0
const OPEN = 1
const READY = 2

/** Handles are below this: they are unsigned 32-bit numbers, of which the highest two mean "none". */
const HANDLE_LIMIT = 0xffff_fffe

const OPTIONS: ReadonlySet<string> = new Set(['base'])

/**
 * Readiness that lives in this thread. Nothing becomes ready while the thread blocks, so `react` never blocks, and `select`
 * only for a finite timeout.
 *
 * @example
 * const readiness = new ManualReadiness()
 * const handle = readiness.open()
 * readiness.settle(handle)
 * console.log(readiness.isReady(handle))
 * readiness.close(handle)
 */
export class ManualReadiness implements Readiness {
  readonly #base: Handle
  readonly #free: number[] = []
  readonly #listeners: ((handle: Handle) => void)[] = []
  #state = new Uint8Array(64)
  #used = 0

  /** `base` is the lowest handle it gives out, so that two sources can share one number space. */
  constructor(options: { base?: Handle | undefined } = {}) {
    checkOptions(options, OPTIONS)
    const { base = 0 } = options
    if (!Number.isSafeInteger(base) || base < 0 || base >= HANDLE_LIMIT)
      throw new InvalidArgumentError(`base is a handle, not ${printed(base)}`)
    this.#base = base
  }

  /** A new handle, not ready. The number closed last is used first. */
  open(): Handle {
    const index = this.#free.pop() ?? this.#grow()
    this.#state[index] = OPEN
    return this.#base + index
  }

  /** Makes `handle` ready, and tells the listeners if it was not yet. Throws `BadHandleError`. */
  settle(handle: Handle): void {
    const index = this.#at(handle)
    const state = this.#state[index]
    if (state === OPEN) {
      this.#state[index] = READY
      this.#tell(handle)
    } else if (state !== READY) throw new BadHandleError(handle)
  }

  /** Gives `handle` back. A coroutine that waits for it is woken and gets a `BadHandleError`. Throws the same for a bad handle. */
  close(handle: Handle): void {
    const index = this.#at(handle)
    if (!this.#state[index]) throw new BadHandleError(handle)
    this.#state[index] = CLOSED
    try {
      this.#tell(handle)
    } finally {
      this.#free.push(index)
    }
  }

  isReady(handle: Handle): boolean {
    const state = this.#state[this.#at(handle)]
    if (!state) throw new BadHandleError(handle)
    return state === READY
  }

  select(handles: readonly Handle[], timeoutMs?: number): number {
    if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs)
    const index = lowestReady(this, handles)
    if (index >= 0) return index
    if (handles.length === 0 && !timeoutMs) throw new InvalidArgumentError('select of no handles needs a timeout')
    if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY)
      throw new WouldDeadlockError('handles that only this thread could settle')
    sleepThread(timeoutMs)
    return -1
  }

  watch(listener: (handle: Handle) => void): Undo {
    if (typeof listener !== 'function') throw new InvalidArgumentError('watch takes a function')
    this.#listeners.push(listener)
    return () => {
      const at = this.#listeners.indexOf(listener)
      if (at >= 0) this.#listeners.splice(at, 1)
    }
  }

  react(timeoutMs?: number): Reaction {
    return timeoutMs === 0 ? 'timeout' : 'never'
  }

  /** Index of the handle's state, or -1 for what is not a number: a text would pass for one, a `BigInt` or symbol would throw. */
  #at(handle: Handle): number {
    return typeof handle === 'number' ? handle - this.#base : -1
  }

  #grow(): number {
    const index = this.#used++
    if (this.#base + index >= HANDLE_LIMIT) throw new InvalidArgumentError('out of handles')
    if (index === this.#state.length) {
      const larger = new Uint8Array(index * 2)
      larger.set(this.#state)
      this.#state = larger
    }
    return index
  }

  #tell(handle: Handle): void {
    const listeners = this.#listeners
    if (listeners.length === 1) return listeners[0]!(handle)
    tellAll(listeners.slice(), handle)
  }
}

/**
 * Calls all listeners, also after one that throws: a listener that is not called would leave its coroutines asleep for ever.
 * Then throws the first failure.
 */
function tellAll(listeners: readonly ((handle: Handle) => void)[], handle: Handle): void {
  const failures: unknown[] = []
  for (const listener of listeners) {
    try {
      listener(handle)
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * Index of the first of `handles` that is ready, or -1. Every handle is checked: a bad one throws, whether or not another is ready.
 *
 * @throws BadHandleError, InvalidArgumentError
 * @example
 * const readiness = new ManualReadiness()
 * const handles = [readiness.open(), readiness.open()]
 * readiness.settle(handles[1])
 * console.log(lowestReady(readiness, handles))
 */
export function lowestReady(source: Readiness, handles: readonly Handle[]): number {
  if (!Array.isArray(handles)) throw new InvalidArgumentError(`not a list of handles: ${printed(handles)}`)
  let lowest = -1
  for (let i = handles.length - 1; i >= 0; i--) if (source.isReady(handles[i]!)) lowest = i
  return lowest
}
