/** The interface of a rival: a cache that answers one request again and again. */

/** One way to get a fresh answer from a cache and read its whole body as bytes. */
export interface Rival {
  /** Opens a cache. */
  open(): Promise<RivalCache>
}

/** An open cache of a rival. */
export interface RivalCache {
  /** Fetches the answer of the origin, and then hits it once. */
  fill(url: string): Promise<void>
  /** Makes `count` hits, one after the other. Returns the bytes of all bodies together. */
  hit(url: string, count: number): number | Promise<number>
  close(): Promise<void>
}
