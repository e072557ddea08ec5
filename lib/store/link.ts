/** One chunk of a body, and the link to the next. */

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

  constructor(readonly chunk: Uint8Array) {}
}
