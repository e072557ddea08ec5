/** The interface of a rival of `large`: it copies a body that is elsewhere in memory into memory of this thread alone. */

export interface BodyReader {
  /** Puts a body of `bytes` bytes where `read` will find it. The origin serves that body at `url`. */
  prepare(bytes: number, url: string): void | Promise<void>
  /** The whole body, in memory that the caller alone holds. */
  read(): Uint8Array | Promise<Uint8Array>
  close(): void | Promise<void>
}
