/** What a rival of the waiting requests has to do: have many under way, and say what memory all its threads use. */

export interface Holder {
  /** Requests for `urls` that stay under way until `release`. Resolves once all have gone as far as they go. */
  hold(urls: readonly string[]): Promise<void>
  /** Bytes that all threads of this rival use, after a full collection in each of them. */
  used(): Promise<number>
  release(): void | Promise<void>
}
