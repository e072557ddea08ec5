/** The types of what a coroutine waits for: a handle, and the source that knows whether the handle is ready. */

import { InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import type { Undo } from '../base/undo.js'

/** An unsigned 32-bit index that a readiness source understands. */
export type Handle = number

/** What `Readiness.react` found: something is ready, time ran out, or nothing ever will be while this thread blocks. */
export type Reaction = 'ready' | 'timeout' | 'never'

/**
 * A source of readiness: a host, a timer wheel, a child process. Level-triggered: a ready handle stays ready until its
 * owner acts on it (semantics 11).
 */
export interface Readiness {
  /** Never blocks and consumes nothing. Throws `BadHandleError`. */
  isReady(handle: Handle): boolean
  /**
   * Blocks until one of `handles` is ready and returns its index, the lowest if several are; -1 after `timeoutMs`
   * milliseconds. Throws `BadHandleError`, and `WouldDeadlockError` where none can become ready while the thread blocks.
   */
  select(handles: readonly Handle[], timeoutMs?: number): number
  /** Calls `listener` for every handle that becomes ready, from now on; returns the undo. */
  watch(listener: (handle: Handle) => void): Undo
  /**
   * Optional, and worth having where many coroutines are parked: finds out what has become ready and calls the listeners. While
   * nothing is ready it blocks, for `timeoutMs` milliseconds (0: not at all; `undefined`: without end). With it, a scheduler never
   * has to list its parked handles.
   */
  react?(timeoutMs?: number): Reaction
  /** Optional: what the handle stands for, in words, for the wait graph. */
  describe?(handle: Handle): string
}

/** Throws `InvalidArgumentError` for anything but a source of readiness. */
export function checkReadiness(source: unknown): asserts source is Readiness {
  const given = source as Partial<Readiness> | null | undefined
  for (const method of ['isReady', 'select', 'watch'] as const) {
    if (typeof given?.[method] !== 'function')
      throw new InvalidArgumentError(`a source of readiness has isReady, select and watch; this has no ${method}`)
  }
  for (const method of ['react', 'describe'] as const) {
    const value: unknown = given?.[method]
    if (value !== undefined && typeof value !== 'function')
      throw new InvalidArgumentError(`${method} of a source of readiness is a method, not ${printed(value)}`)
  }
}
