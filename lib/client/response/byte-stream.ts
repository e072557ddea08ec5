/** A body as the platform's `ReadableStream` of bytes, whose readers may bring their own buffers. */

/** A chunk, or a promise of one; `undefined` at the end. */
export type Chunk = Uint8Array | undefined | PromiseLike<Uint8Array | undefined>

/** The source of a byte stream. */
export interface ByteSource {
  /** The next chunk. If the chunk fills its whole buffer, the buffer is transferred to the reader. */
  next(): Chunk
  /** Called when the stream is cancelled. */
  cancel(reason: unknown): void | Promise<void>
}

type Controller = ReadableByteStreamController

/** A stream that reads one chunk from `source` at a time, when its reader asks. So a slow reader slows only itself down. */
export function byteStream(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    pull: (controller) => feed(controller, source),
    cancel: (reason) => source.cancel(reason),
  })
}

/** Delivers the next chunk, synchronously if it is available. */
export function feed(controller: Controller, source: ByteSource): void | PromiseLike<void> {
  const chunk = source.next()
  if (isThere(chunk)) return deliver(controller, source, chunk)
  return chunk.then((bytes) => deliver(controller, source, bytes))
}

function deliver(controller: Controller, source: ByteSource, chunk: Uint8Array | undefined): void | PromiseLike<void> {
  // A byte stream takes no empty chunk.
  if (chunk?.byteLength === 0) return feed(controller, source)
  if (chunk !== undefined) return controller.enqueue(unshared(chunk))
  controller.close()
  // A reader with a buffer of its own still waits for an answer to it.
  controller.byobRequest?.respond(0)
}

/** The result of `next`; calls `failed` if it fails, now or later. */
export function orElse(next: () => Chunk, failed: (failure: unknown) => never): Chunk {
  try {
    const chunk = next()
    return isThere(chunk) ? chunk : chunk.then(undefined, failed)
  } catch (failure) {
    return failed(failure)
  }
}

function isThere(chunk: Chunk): chunk is Uint8Array | undefined {
  return chunk === undefined || chunk instanceof Uint8Array
}

/** A chunk with a buffer of its own. A stream transfers the buffer of an enqueued chunk, so one in a shared buffer is copied. */
function unshared(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = chunk
  const ownsBuffer = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return ownsBuffer ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk)
}
