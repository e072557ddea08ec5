/** What a rival of the large body has to do: bring bytes that lie in memory elsewhere into memory of this thread's own. */

export interface Bringer {
  /** Has `bytes` bytes put where they lie; `url` is where they can be had. */
  prepare(bytes: number, url: string): void | Promise<void>
  /** All of them, the caller's own. */
  bring(): Uint8Array | Promise<Uint8Array>
  close(): void | Promise<void>
}
