/** The interface by which any body is read, wherever its bytes come from. */

import type { Source } from './announcer.js'

/** Field lines after the data (RFC 9110 6.5). */
export type Trailers = readonly (readonly [name: string, value: string])[]

/** The trailers of a body that has none. */
export const NO_TRAILERS: Trailers = Object.freeze([])

/** Bytes from `start` up to, not including, `end`, as in `slice`; without `end` all that follow. */
export interface ByteRange {
  readonly start: number
  readonly end?: number | undefined
}

/**
 * One reader of one body, from its first byte or that of a range. Every reader has its own position, and none can slow another
 * (semantics 10.1).
 */
export interface BodyReader extends Source {
  /** True when `read` will not have to wait: bytes, the end, or a failure are there. */
  readonly ready: boolean
  /** Bytes of the whole body; `undefined` while that is not known. */
  readonly length: number | undefined
  /**
   * All bytes that are left, in chunks, without reading them; `undefined` unless every one of them is there, they are at most
   * `limit`, and no trailers follow.
   */
  inHand(limit: number): readonly Uint8Array[] | undefined
  /**
   * The next chunk, `undefined` at the clean end. Throws the failure once all bytes before it were read; throws `Busy`
   * when not ready.
   */
  read(): Uint8Array | undefined
  /** The trailers, once the clean end was read; `undefined` before. */
  trailers(): Trailers | undefined
  /** Ends this reader. Harmless at any time. */
  cancel(): void
}

/** How many bytes `chunks` have together. */
export function bytesOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.byteLength
  return bytes
}

/** Whether `after` begins in memory where `before` ends. */
export function isBehind(before: Uint8Array, after: Uint8Array): boolean {
  return after.buffer === before.buffer && after.byteOffset === before.byteOffset + before.byteLength
}

/** A copy of all `chunks`, one after another. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks
  if (only !== undefined && chunks.length === 1) return new Uint8Array(only)
  const whole = new Uint8Array(bytesOf(chunks))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
