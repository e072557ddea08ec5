/** One chunk of a body, and the link to the next. */

export const NOTHING = new Uint8Array(0)

/**
 * A feed holds only the last links. The first ones are held by the stored body and by readers, so that bytes which no stored body
 * keeps and all readers have passed are freed while the writer still writes.
 */
export class Link {
  next: Link | undefined = undefined
  /**
   * Not 0 where the chunk was joined with others since. `next` is the joined chunk then, and this is how many of its bytes those are
   * that end with this chunk, which a reader that has come to this link has read already.
   */
  skip = 0
  /** Of `chunk`, and still known once that is gone. */
  readonly byteLength: number
  #chunk: Uint8Array

  constructor(chunk: Uint8Array) {
    this.byteLength = chunk.byteLength
    this.#chunk = chunk
  }

  /** Empty once the chunk was joined with others. */
  get chunk(): Uint8Array {
    return this.#chunk
  }

  /**
   * The chunk is now a part of that of `next`, where it ends at the byte `skip`. It is dropped here: a joined chunk that grows is
   * joined again and again, and a reader that stands still before it would keep all its sizes in memory.
   */
  joinedInto(next: Link | undefined, skip: number): void {
    this.next = next
    this.skip = skip
    this.#chunk = NOTHING
  }
}
