/** A queue, first in, first out, that members may leave from anywhere. Every operation takes constant time. */

/** A member's place in a queue, by which it can leave. */
export class Place<T> {
  /** @internal The neighbours, and the queue, which is `undefined` once the member has left. */
  ahead: Place<T> | undefined = undefined
  behind: Place<T> | undefined = undefined
  queue: Queue<T> | undefined

  constructor(
    queue: Queue<T>,
    readonly member: T,
  ) {
    this.queue = queue
  }

  /** Harmless if the member has left already. */
  leave(): void {
    const { queue, ahead, behind } = this
    if (queue === undefined) return
    queue.unlink(ahead, behind)
    this.queue = undefined
  }
}

export class Queue<T> implements Iterable<T> {
  #first: Place<T> | undefined = undefined
  #last: Place<T> | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first?.member
  }

  /** Takes the first member out. */
  shift(): T | undefined {
    const first = this.#first
    first?.leave()
    return first?.member
  }

  /** Adds `member` at the end. */
  join(member: T): Place<T> {
    const place = new Place(this, member)
    place.ahead = this.#last
    if (this.#last === undefined) this.#first = place
    else this.#last.behind = place
    this.#last = place
    this.#size += 1
    return place
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let place = this.#first; place !== undefined; place = place.behind) yield place.member
  }

  /** @internal Closes the gap between two places. */
  unlink(ahead: Place<T> | undefined, behind: Place<T> | undefined): void {
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    this.#size -= 1
  }
}
