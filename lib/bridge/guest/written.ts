/** Bodies at the host that a guest writes, and which of them need its event loop to turn. */

import type { TurnSigns } from '../turning.js'

interface Writing {
  source: 'transform' | 'host'
  readonly deserted: () => void
}

/** As long as it writes any, the guest shows that it turns: others may wait for more of them. */
export class Written {
  /** By the number of the writer. */
  readonly #bodies = new Map<number, Writing>()
  readonly #signs: TurnSigns

  constructor(signs: TurnSigns) {
    this.#signs = signs
  }

  /**
   * From now on the bytes of `writer` come from a transform in this thread, which takes turns of its event loop. Calls
   * `deserted` if the host says that nobody is left to read them.
   */
  begin(writer: number, deserted: () => void): void {
    this.#bodies.set(writer, { source: 'transform', deserted })
    this.#signs.begin()
  }

  /** They come from the host after all, and take no turns. */
  pour(writer: number): void {
    const body = this.#bodies.get(writer)
    if (body !== undefined) body.source = 'host'
  }

  /** The host moves the rest there, or there is none. */
  end(writer: number): void {
    if (this.#bodies.delete(writer)) this.#signs.end()
  }

  /** Whether this thread has to turn for more to come of what is written there. */
  takesTurns(writer: number): boolean {
    return this.#bodies.get(writer)?.source === 'transform'
  }

  desert(writer: number): void {
    this.#bodies.get(writer)?.deserted()
  }
}
