/** The bodies in the host's store that this guest is writing, and which of them need its event loop for more bytes. */

import type { TurnSigns } from '../turning.js'

interface OpenWriter {
  /** Where the bytes come from: a transform in this thread, or a body that the host has sent. */
  source: 'transform' | 'host'
  readonly deserted: () => void
}

/** While a writer is open, the guest shows that it turns, because others may wait for more bytes. */
export class OpenWriters {
  /** By the number of the writer. */
  readonly #bodies = new Map<number, OpenWriter>()
  readonly #signs: TurnSigns

  constructor(signs: TurnSigns) {
    this.#signs = signs
  }

  /**
   * A writer was opened. Until `fedByHost` is called, its bytes are taken to come from a transform, which needs this thread's
   * event loop. Calls `deserted` if the host says that nobody is left to read them.
   */
  begin(writer: number, deserted: () => void): void {
    this.#bodies.set(writer, { source: 'transform', deserted })
    this.#signs.begin()
  }

  /** The bytes of `writer` come from a body that the host sends, and need no event loop. */
  fedByHost(writer: number): void {
    const body = this.#bodies.get(writer)
    if (body !== undefined) body.source = 'host'
  }

  /** This guest writes nothing more to `writer`: the body has ended, or the host moves the rest into it. */
  end(writer: number): void {
    if (this.#bodies.delete(writer)) this.#signs.end()
  }

  /** Whether more bytes of `writer` can only come once this thread's event loop turns. */
  needsEventLoop(writer: number): boolean {
    return this.#bodies.get(writer)?.source === 'transform'
  }

  /** Nobody is left to read what is written to `writer`. */
  desert(writer: number): void {
    this.#bodies.get(writer)?.deserted()
  }
}
