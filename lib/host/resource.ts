/** Something behind a handle, and who is told when it becomes ready. */

import type { Source } from '../base/announcer.js'
import type { Undo } from '../base/undo.js'
import type { Handle } from '../scheduler/index.js'

/** Whoever waits at handles: a table of them. */
export interface Listener {
  becameReady(handle: Handle): void
}

/** A class with two fields for its listener, and no closures: thousands may be waited for at a time, and there memory decides. */
export abstract class Resource {
  abstract readonly kind: 'entry' | 'send' | 'body' | 'writer' | 'purge' | 'foresight' | 'placement' | 'signal'
  abstract readonly ready: boolean
  #listener: Listener | undefined = undefined
  #handle: Handle = 0

  /** From now on, while it is not ready, `listener` listens; it is told once, of `handle`. One listener at a time. */
  listen(listener: Listener, handle: Handle): void {
    this.#listener = listener
    this.#handle = handle
  }

  /** Nobody listens any more; whether somebody did. */
  deafen(): boolean {
    const { isHeard } = this
    this.#listener = undefined
    return isHeard
  }

  /** Gives back whatever it holds. */
  abstract release(): void
  abstract describe(): string

  protected get isHeard(): boolean {
    return this.#listener !== undefined
  }

  /** It has become ready. */
  protected tell(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.becameReady(this.#handle)
  }
}

/** A resource that is ready when its source is, which is listened to only while somebody waits. */
export abstract class SourcedResource extends Resource {
  #undo: Undo | undefined = undefined

  constructor(private readonly source: Source) {
    super()
  }

  get ready(): boolean {
    return this.source.ready
  }

  override listen(listener: Listener, handle: Handle): void {
    if (this.isHeard) return
    super.listen(listener, handle)
    this.#undo = this.source.onReady(() => this.tell())
  }

  override deafen(): boolean {
    this.#undo?.()
    this.#undo = undefined
    return super.deafen()
  }
}
