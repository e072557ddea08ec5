/** Checks the chunks of a body that a user's code makes. */

import { InvalidArgumentError } from './errors.js'
import { isUint8Array } from './realms.js'

/** Throws `InvalidArgumentError` unless `chunk`, a chunk of `body`, is a `Uint8Array` whose bytes are there. */
export function checkChunk(body: string, chunk: unknown): asserts chunk is Uint8Array {
  if (!isUint8Array(chunk)) throw new InvalidArgumentError(`${body} yields Uint8Arrays`)
  if (isTransferred(chunk)) throw new InvalidArgumentError(`${body} has yielded bytes that are not there any more`)
}

/** Whether the bytes were transferred, to another thread for instance. What is left looks like an empty array. */
export function isTransferred(chunk: Uint8Array): boolean {
  if (chunk.byteLength > 0) return false
  try {
    new Uint8Array(chunk.buffer)
    return false
  } catch {
    return true
  }
}
