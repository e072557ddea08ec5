/** An answer of the host that a handle of this guest waits for. */

import type { Undo } from '../base/body.js'
import type { Resource } from '../host/handles.js'

/** What becomes of an answer nobody takes. */
export interface Unwanted<T> {
  /** The handle was closed before there was an answer. */
  unanswered(): void
  /** The handle was closed with the answer in it: whatever that holds is given back. */
  untaken?: ((value: T) => void) | undefined
}

/** Settled once, by the host's message or by the loss of the host. */
export class Reply<T, K extends Resource['kind'] = Resource['kind']> implements Resource {
  #settled: { readonly value: T } | { readonly error: unknown } | undefined
  #listener: (() => void) | undefined

  constructor(
    readonly kind: K,
    readonly description: string,
    private readonly unwanted: Unwanted<T>,
  ) {}

  get ready(): boolean {
    return this.#settled !== undefined
  }

  /** The answer. Throws the failure that came instead. */
  get value(): T {
    if (this.#settled === undefined) throw new Error('the host has not answered yet')
    if ('error' in this.#settled) throw this.#settled.error
    return this.#settled.value
  }

  settle(value: T): void {
    this.#settle({ value })
  }

  fail(error: unknown): void {
    this.#settle({ error })
  }

  onReady(listener: () => void): Undo {
    if (this.ready) {
      listener()
      return () => {}
    }
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }

  release(): void {
    if (this.#settled === undefined) this.unwanted.unanswered()
    else if ('value' in this.#settled) this.unwanted.untaken?.(this.#settled.value)
  }

  describe(): string {
    return this.description
  }

  #settle(settled: { readonly value: T } | { readonly error: unknown }): void {
    if (this.#settled !== undefined) return
    this.#settled = settled
    const listener = this.#listener
    this.#listener = undefined
    listener?.()
  }
}
