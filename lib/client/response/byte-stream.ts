/** A body as the platform has bodies: a stream of bytes, whose readers may bring their own buffers. */

/** Bytes that are there, or that will be; `undefined` at the end. */
export type Chunk = Uint8Array | undefined | PromiseLike<Uint8Array | undefined>

/** Where the bytes come from. */
export interface ByteSource {
  /** The next ones. A chunk with a buffer of its own loses it to the reader. */
  next(): Chunk
  /** Nobody reads on. */
  cancel(reason: unknown): void | Promise<void>
}

type Controller = ReadableByteStreamController

/** Asked for one chunk at a time, so that a slow consumer holds nothing back but itself. */
export function byteStream(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    pull: (controller) => feed(controller, source),
    cancel: (reason) => source.cancel(reason),
  })
}

/** Hands on what comes next, at once where it is there. */
export function feed(controller: Controller, source: ByteSource): void | PromiseLike<void> {
  const chunk = source.next()
  if (isThere(chunk)) return hand(controller, source, chunk)
  return chunk.then((bytes) => hand(controller, source, bytes))
}

function hand(controller: Controller, source: ByteSource, chunk: Uint8Array | undefined): void | PromiseLike<void> {
  // A byte stream takes no empty chunk.
  if (chunk?.byteLength === 0) return feed(controller, source)
  if (chunk !== undefined) return controller.enqueue(alone(chunk))
  controller.close()
  // Whoever reads into a buffer of their own waits for it still.
  controller.byobRequest?.respond(0)
}

/** What `next` gives; `failed` is told if it fails, now or later. */
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

/** What is enqueued is taken away, buffer and all: a chunk that shares its buffer is copied first. */
function alone(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = chunk
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isAlone ? (chunk as Uint8Array<ArrayBuffer>) : new Uint8Array(chunk)
}
