/** What becomes ready, and tells the one who waits for it. */

import { nothingToUndo, type Undo } from './undo.js'

/** What says itself when it is ready, as bodies and sends do. Level-triggered: it stays ready until what is there was taken. */
export interface Source {
  readonly ready: boolean
  /** Calls `listener` once as soon as `ready` is true, at once if it is. One listener at a time. */
  onReady(listener: () => void): Undo
}

/** The `onReady` of what is ready already. */
export function atOnce(listener: () => void): Undo {
  listener()
  return nothingToUndo
}

/** A class to extend, not a part to hold: thousands may be waited for at a time, and a hit reads by one of them. */
export abstract class Announcer implements Source {
  abstract readonly ready: boolean
  #listener: (() => void) | undefined = undefined

  onReady(listener: () => void): Undo {
    if (this.ready) return atOnce(listener)
    this.#listen(listener)
    return () => {
      if (this.#listener === listener) this.deafen()
    }
  }

  /** Whether somebody waits for it. */
  get isAwaited(): boolean {
    return this.#listener !== undefined
  }

  /** It has become ready: whoever waits is told, and waits no longer. */
  protected announce(): void {
    const listener = this.#listener
    this.#listen(undefined)
    listener?.()
  }

  /** Whoever waits is not told any more. */
  protected deafen(): void {
    this.#listen(undefined)
  }

  /** Somebody has begun to wait, or waits no longer. */
  protected awaited(_by: 1 | -1): void {}

  #listen(listener: (() => void) | undefined): void {
    const { isAwaited } = this
    this.#listener = listener
    if (isAwaited !== this.isAwaited) this.awaited(isAwaited ? -1 : 1)
  }
}
