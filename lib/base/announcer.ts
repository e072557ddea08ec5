/** Something that becomes ready, and calls the one listener that waits for it. */

import { nothingToUndo, type Undo } from './undo.js'

/** Something that can be waited for, such as a body or a send. Level-triggered: it stays ready until what is there was taken. */
export interface Source {
  readonly ready: boolean
  /** Calls `listener` once as soon as `ready` is true, at once if it is. One listener at a time. */
  onReady(listener: () => void): Undo
}

/** The `onReady` of a source that is ready already. */
export function atOnce(listener: () => void): Undo {
  listener()
  return nothingToUndo
}

/** To be extended, which saves an object: thousands may be waited for at a time, and every cache hit reads from one. */
export abstract class Announcer implements Source {
  abstract readonly ready: boolean
  #listener: (() => void) | undefined = undefined

  onReady(listener: () => void): Undo {
    if (this.ready) return atOnce(listener)
    this.#listen(listener)
    return () => {
      if (this.#listener === listener) this.dropListener()
    }
  }

  /** Whether a listener waits. */
  get isAwaited(): boolean {
    return this.#listener !== undefined
  }

  /** Has become ready: calls the listener, which no longer waits then. */
  protected announce(): void {
    const listener = this.#listener
    this.#listen(undefined)
    listener?.()
  }

  /** Drops the listener without calling it. */
  protected dropListener(): void {
    this.#listen(undefined)
  }

  /** Called when a listener begins to wait (1), and when it no longer waits (-1). */
  protected awaited(_by: 1 | -1): void {}

  #listen(listener: (() => void) | undefined): void {
    const { isAwaited } = this
    this.#listener = listener
    if (isAwaited !== this.isAwaited) this.awaited(isAwaited ? -1 : 1)
  }
}
