/** The interface of a rival of `miss`: it requests a URL that was never requested before, and reads the body on this thread. */

export interface Getter {
  /** Returns the length of the body in bytes, once this thread has the whole body. */
  get(url: string): number | Promise<number>
  close(): void | Promise<void>
}
