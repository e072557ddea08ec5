/** What a rival has to do: answer the same request from its cache, as often as it is asked. */

/** One way to get a fresh answer out of a cache, and all of its body as bytes. */
export interface Hitter {
  /** Opens a cache. */
  open(): Promise<Hits>
}

export interface Hits {
  /** Has the origin asked, and hits what it said once. */
  fill(url: string): Promise<void>
  /** One after the other; the bytes of all bodies. */
  hit(url: string, count: number): number | Promise<number>
  close(): Promise<void>
}
