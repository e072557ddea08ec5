/** The messages of a line: what its users send, and the form in which its two ends post that, and words of their own, by port. */

import { isSharedArrayBuffer } from '../../base/realms.js'
import { INITIAL_RING_BYTES } from './direction.js'
import { copied } from './frame.js'

/** One message: a JSON value, bytes that are copied with it, and chunks whose memory is shared rather than copied. */
export interface Message<T> {
  readonly say: T
  readonly bytes?: Uint8Array | undefined
  readonly shared?: readonly Uint8Array[] | undefined
}

/** A message sent by port, with its message number. A message in the ring has its number in the head of its frame. */
export interface Posted<T> extends Message<T> {
  readonly number: number
}

/** A message to the reader's end of the line itself: from the next number on, frames lie in `ring`. */
export interface Move {
  readonly number: number
  /** `undefined` is the initial ring. */
  readonly ring: SharedArrayBuffer | undefined
}

export type Sent<T> = Posted<T> | Move | typeof BELL | typeof KNOCK

/** What is posted to sound the doorbell of a reader that is in its event loop. It has no number. */
export const BELL = 0
/** What is posted only to find out whether the other end still has its port. The other end ignores it. */
export const KNOCK = 1

/** Whether `data` is a message of a line: other code that had the port may have posted to it. */
export function isSent(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || !('number' in data) || typeof data.number !== 'number') return false
  return 'ring' in data ? isRing(data.ring) : 'say' in data
}

/** Whether `ring` can be that of a `Move`: `undefined` for the initial ring, or memory that is no smaller. */
function isRing(ring: unknown): boolean {
  return ring === undefined || (isSharedArrayBuffer(ring) && ring.byteLength >= INITIAL_RING_BYTES)
}

/** A port sends the whole buffer behind a view, and shares it if it is shared memory. So `bytes` gets a buffer of its own size. */
export function alone(bytes: Uint8Array): Uint8Array {
  const isAlone = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return isAlone ? bytes : copied(bytes)
}
