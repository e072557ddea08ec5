/** The interface of a rival of `parked` and `fetching`: it keeps many requests pending, and measures the memory of its threads. */

export interface Holder {
  /** Starts a request for each of `urls`, to stay pending until `release`. Resolves once all of them wait. */
  hold(urls: readonly string[]): Promise<void>
  /** The bytes that all threads of this rival use together, after a full garbage collection in each. */
  used(): Promise<number>
  /** Ends all requests, and the threads of the rival. */
  release(): void | Promise<void>
}
