/** A message as a frame in a ring: its number, how long its text is, the text, and the bytes that go with it. */

import type { Ring } from './ring.js'

/** Where frames lie, and the words in front of them. */
export interface Frames {
  readonly ring: Ring
  readonly headWords: Int32Array
}

/** In front of a frame: the message's number, and how many bytes of it are text, with two flags. */
const HEAD_BYTES = 8
const HAS_BYTES = 0x4000_0000
const IS_ASCII = 0x2000_0000
const TEXT_BYTES = 0x1fff_ffff
/** A larger message would crowd out all others. */
const LARGEST = 64 * 1024

/** Bytes to claim for a frame of these, which may turn out shorter; -1 for one that is too large. */
export function roomForFrame(text: string, bytes: Uint8Array | undefined): number {
  const others = HEAD_BYTES + (bytes?.byteLength ?? 0)
  const textRoom = roomFor(text, LARGEST - others)
  return textRoom < 0 ? -1 : textRoom + others
}

/** Writes and publishes a frame where `room` bytes were claimed, at `at`. */
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

/** Whether the oldest frame is that of the message `number`. */
export function isOldest({ ring, headWords }: Frames, number: number): boolean {
  const at = ring.oldest()
  return at >= 0 && (headWords[at >> 2] as number) >>> 0 === number
}

/** Takes the oldest frame, which is there: its text, and a copy of the bytes that go with it. */
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

/** In memory of their own. */
export function copied(bytes: Uint8Array): Uint8Array {
  const own = new Uint8Array(bytes.byteLength)
  own.set(bytes)
  return own
}

/** Bytes to set aside for `text` in UTF-8, which takes three for each of its units at most; -1 if they are more than `most`. */
function roomFor(text: string, most: number): number {
  if (text.length * 3 <= most) return text.length * 3
  const bytes = text.length > most ? most + 1 : Buffer.byteLength(text)
  return bytes > most ? -1 : bytes
}
