/** Bodies at the host that a guest writes, and which of them need its event loop to turn. */

import type { TurnSigns } from '../turning.js'

/** As long as it writes any, the guest shows that it turns: others may wait for more of them. */
export class Written {
  /** Where their bytes come from, by the number of the writer. */
  readonly #sources = new Map<number, 'transform' | 'host'>()
  readonly #signs: TurnSigns

  constructor(signs: TurnSigns) {
    this.#signs = signs
  }

  get size(): number {
    return this.#sources.size
  }

  /** From now on the bytes of `writer` come from a transform in this thread, which takes turns of its event loop. */
  begin(writer: number): void {
    this.#sources.set(writer, 'transform')
    this.#signs.begin()
  }

  /** They come from the host after all, and take no turns. */
  pour(writer: number): void {
    this.#sources.set(writer, 'host')
  }

  /** The host moves the rest there, or there is none. */
  end(writer: number): void {
    if (this.#sources.delete(writer)) this.#signs.end()
  }

  /** Whether this thread has to turn for more to come of what is written there. */
  takesTurns(writer: number): boolean {
    return this.#sources.get(writer) === 'transform'
  }
}
