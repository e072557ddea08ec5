/** Writes a message into a ring as one frame, and reads it back: its number, the length of its text, the text, and its bytes. */

import type { Ring } from './ring.js'

/** A ring of frames, and a view of its memory as words, for the heads of the frames. */
export interface Frames {
  readonly ring: Ring
  readonly headWords: Int32Array
}

/** The head of a frame is two words: the message's number; and how many bytes are text, with two flag bits. */
const HEAD_BYTES = 8
const HAS_BYTES = 0x4000_0000
const IS_ASCII = 0x2000_0000
const TEXT_BYTES = 0x1fff_ffff
/** Larger messages go by port: in the ring they would leave no room for others. */
const LARGEST = 64 * 1024

/** How many bytes to claim for a frame of `text` and `bytes`, at most; -1 if the frame would be too large. */
export function roomForFrame(text: string, bytes: Uint8Array | undefined): number {
  const others = HEAD_BYTES + (bytes?.byteLength ?? 0)
  const textRoom = roomFor(text, LARGEST - others)
  return textRoom < 0 ? -1 : textRoom + others
}

/** Writes and publishes a frame in the `room` bytes that were claimed at `at`. */
export function writeFrame(
  { ring, headWords }: Frames,
  { at, room }: { readonly at: number; readonly room: number },
  { number, text, bytes }: { readonly number: number; readonly text: string; readonly bytes: Uint8Array | undefined },
): void {
  const bodyBytes = bytes?.byteLength ?? 0
  const textBytes = ring.bytes.write(text, at + HEAD_BYTES, room - HEAD_BYTES - bodyBytes, 'utf8')
  if (bytes !== undefined) ring.bytes.set(bytes, at + HEAD_BYTES + textBytes)
  headWords[at >> 2] = number
  headWords[(at >> 2) + 1] =
    textBytes | (textBytes === text.length ? IS_ASCII : 0) | (bytes === undefined ? 0 : HAS_BYTES)
  ring.publish(HEAD_BYTES + textBytes + bodyBytes)
}

/** Whether the oldest frame holds the message `number`. */
export function isOldest({ ring, headWords }: Frames, number: number): boolean {
  const at = ring.oldest()
  return at >= 0 && (headWords[at >> 2] as number) >>> 0 === number
}

/** Takes the oldest frame: its text, and a copy of its bytes. There must be one. */
export function readFrame({ ring, headWords }: Frames): {
  readonly text: string
  readonly bytes: Uint8Array | undefined
} {
  const at = ring.oldest()
  const lengths = headWords[(at >> 2) + 1] as number
  const begin = at + HEAD_BYTES
  const end = begin + (lengths & TEXT_BYTES)
  const text = ring.bytes.toString((lengths & IS_ASCII) === 0 ? 'utf8' : 'latin1', begin, end)
  const bytes = (lengths & HAS_BYTES) === 0 ? undefined : copied(ring.bytes.subarray(end, at + ring.length))
  ring.release()
  return { text, bytes }
}

/** A copy of `bytes` in memory of its own. */
export function copied(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(bytes.byteLength)
  own.set(bytes)
  return own
}

/** How many bytes to claim for `text`; -1 if it needs more than `most`. UTF-8 takes at most three bytes for a UTF-16 unit. */
function roomFor(text: string, most: number): number {
  if (text.length * 3 <= most) return text.length * 3
  const bytes = text.length > most ? most + 1 : Buffer.byteLength(text)
  return bytes > most ? -1 : bytes
}
