/** The base class of what is behind a handle: it tells one listener when it becomes ready. */

import type { Source } from '../base/announcer.js'
import type { Undo } from '../base/undo.js'
import type { Handle } from '../scheduler/index.js'

/** What resources tell that they have become ready: the handle table. */
export interface Listener {
  becameReady(handle: Handle): void
}

/** Keeps its listener in two fields, without a closure: thousands of resources may be waited for at a time, and each costs memory. */
export abstract class Resource {
  abstract readonly kind: 'entry' | 'send' | 'body' | 'writer' | 'purge' | 'foresight' | 'placement' | 'signal'
  abstract readonly ready: boolean
  #listener: Listener | undefined = undefined
  #handle: Handle = 0

  /** Calls `listener.becameReady(handle)` once, when this becomes ready. Only called while it is not. One listener at a time. */
  listen(listener: Listener, handle: Handle): void {
    this.#listener = listener
    this.#handle = handle
  }

  /** Removes the listener. Returns whether there was one. */
  unlisten(): boolean {
    const { isListenedTo } = this
    this.#listener = undefined
    return isListenedTo
  }

  /** Gives back whatever this holds. */
  abstract release(): void
  abstract describe(): string

  protected get isListenedTo(): boolean {
    return this.#listener !== undefined
  }

  /** Tells the listener that this has become ready. */
  protected announce(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.becameReady(this.#handle)
  }
}

/** A resource that is ready when its source is. It listens to the source only while something waits for the handle. */
export abstract class SourcedResource extends Resource {
  #undo: Undo | undefined = undefined

  constructor(private readonly source: Source) {
    super()
  }

  get ready(): boolean {
    return this.source.ready
  }

  override listen(listener: Listener, handle: Handle): void {
    if (this.isListenedTo) return
    super.listen(listener, handle)
    this.#undo = this.source.onReady(() => this.announce())
  }

  override unlisten(): boolean {
    this.#undo?.()
    this.#undo = undefined
    return super.unlisten()
  }
}
