/** Turns a request body as callers give it into bytes or a stream of bytes, with its content type. */

import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { types } from 'node:util'
import { isTransferred } from '../../base/chunk.js'
import { InvalidArgumentError } from '../../base/errors.js'
import type { ResponseBodyInput } from '../../base/web-types.js'
import { type Field, type Fields, has } from '../../http/message.js'
import type { RequestBody } from '../../pending/host.js'
import { multipart } from './multipart.js'
import { chunksOfNode } from './node-stream.js'

/** Any body that `fetch` takes, or any async iterable of bytes. */
export type BodyInput = NonNullable<ResponseBodyInput> | AsyncIterable<Uint8Array>

export interface BodyContent {
  readonly content: RequestBody | undefined
  /** The field lines to add to `given`. */
  readonly fields: ((given: Fields) => Fields) | undefined
}

const NOTHING: BodyContent = { content: undefined, fields: undefined }

/** Throws `InvalidArgumentError` if `input` is not a body. */
export function requestBody(input: BodyInput | null | undefined): BodyContent {
  if (input === null || input === undefined) return NOTHING
  if (typeof input === 'string') return typed(new TextEncoder().encode(input), 'text/plain;charset=UTF-8')
  // Not by `instanceof`: the buffer may come from another realm.
  if (types.isArrayBuffer(input) || ArrayBuffer.isView(input)) return { content: copied(input), fields: undefined }
  if (input instanceof URLSearchParams) {
    return typed(new TextEncoder().encode(String(input)), 'application/x-www-form-urlencoded;charset=UTF-8')
  }
  if (isBlob(input)) return blob(input)
  if (isForm(input)) return form(input)
  if (input instanceof ReadableStream && (input.locked || isDisturbed(input)))
    throw new InvalidArgumentError('a stream that somebody has read from is no request body')
  if (typeof input === 'object' && Symbol.asyncIterator in input)
    return { content: inBytes(chunksOf(input as AsyncIterable<Uint8Array | string>)), fields: undefined }
  throw new InvalidArgumentError('not a request body')
}

/** A copy of the bytes. Throws `InvalidArgumentError` if they were transferred to another thread. */
function copied(input: ArrayBuffer | ArrayBufferView): Uint8Array {
  try {
    // `slice` would not copy a `Buffer`.
    if (input instanceof Uint8Array) return new Uint8Array(input)
    return ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice()
      : new Uint8Array(input.slice(0))
  } catch (cause) {
    throw new InvalidArgumentError('bytes that are not there any more are no request body', { cause })
  }
}

/** Whether `input` is the platform's `Blob`, or a package's, which `fetch` also recognises by its tag. */
function isBlob(input: BodyInput): input is Blob {
  if (input instanceof Blob) return true
  return isTagged(input, 'Blob', 'File') && typeof (input as unknown as Blob).stream === 'function'
}

/** The same for `FormData`. That of the package form-data has the tag, but its entries cannot be read. */
function isForm(input: BodyInput): input is FormData {
  if (input instanceof FormData) return true
  return isTagged(input, 'FormData') && typeof (input as unknown as FormData)[Symbol.iterator] === 'function'
}

function isTagged(input: unknown, ...names: readonly string[]): boolean {
  return names.includes(Object.prototype.toString.call(input).slice('[object '.length, -1))
}

/** Encodes chunks that are strings: a file stream with an encoding has such. Other chunks are checked when they are sent. */
function inBytes(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = source[Symbol.asyncIterator]()
      return {
        async next() {
          const { done, value } = await chunks.next()
          if (done) return { done, value: undefined }
          return { done: false, value: typeof value === 'string' ? new TextEncoder().encode(value) : value }
        },
        async return() {
          await chunks.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Node's `isDisturbed` takes web streams too, though its types do not say so. */
function isDisturbed(stream: ReadableStream): boolean {
  return Readable.isDisturbed(stream as unknown as Readable)
}

/** The most chunks to collect from a stream that has them ready. No form or text has more; a stream with more may be endless. */
const MOST_READY = 256
/** Turns of the event loop to wait for a chunk that is in memory. For a blob, Node 24 takes two. */
const MOST_TURNS = 4

/**
 * The body of a `Request`: its bytes if it was made from something in memory, otherwise its stream. The platform does not tell
 * which. But a stream made from bytes, a text, a blob or a form has each chunk ready, and ends right after the last. Reading
 * begins at the call, so the `Request` counts as used from then on.
 */
export async function bodyOf(body: NonNullable<Request['body']>): Promise<BodyInput> {
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  const ready: Uint8Array[] = []
  const reads: Read<Uint8Array>[] = []
  for (;;) {
    const read = reader.read()
    reads.push(read)
    const next = await Promise.race([read.catch(() => 'late' as const), late()])
    if (next === 'late') return { [Symbol.asyncIterator]: () => readBy(reader, reads) }
    if (next.done) return Buffer.concat(ready)
    const isBytes = (next.value as unknown) instanceof Uint8Array && !isTransferred(next.value)
    if (!isBytes || ready.length === MOST_READY) return { [Symbol.asyncIterator]: () => readBy(reader, reads) }
    ready.push(next.value)
  }
}

async function late(): Promise<'late'> {
  for (let turn = 0; turn < MOST_TURNS; turn++) await setImmediate()
  return 'late'
}

function chunksOf<T>(source: AsyncIterable<T>): AsyncIterable<T> {
  if (source instanceof ReadableStream)
    return { [Symbol.asyncIterator]: () => readBy((source as ReadableStream<T>).getReader()) }
  if (source instanceof Readable) return { [Symbol.asyncIterator]: () => chunksOfNode(source) as AsyncIterator<T> }
  return source
}

type Read<T> = ReturnType<ReadableStreamDefaultReader<T>['read']>

/**
 * Iterates a stream by its reader, after the reads in `begun`, which are done or under way. Unlike the stream's own iterator, which
 * would first wait for the read under way, a reader cancels at once.
 */
function readBy<T>(reader: ReadableStreamDefaultReader<T>, begun: Read<T>[] = []): AsyncIterator<T> {
  return {
    next: () => (begun.shift() ?? reader.read()) as Promise<IteratorResult<T>>,
    async return() {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}

function typed(content: Uint8Array, type: string): BodyContent {
  return { content, fields: typeUnlessGiven(type) }
}

/** A form without files becomes bytes, which can be sent twice, and by a thread that blocks. */
function form(input: FormData): BodyContent {
  const { type, parts } = multipart(input)
  if (parts.every((part) => typeof part === 'string')) return typed(new TextEncoder().encode(parts.join('')), type)
  const size = parts.reduce((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : part.size), 0)
  return measured({ content: joined(parts), size, type })
}

async function* joined(parts: readonly (string | Blob)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (typeof part === 'string') yield new TextEncoder().encode(part)
    else yield* part.stream() as AsyncIterable<Uint8Array>
  }
}

function blob(input: Blob): BodyContent {
  const { size, type } = input
  return measured({ content: chunksOf(input.stream() as AsyncIterable<Uint8Array>), size, type })
}

/** A body that is read as a stream, but whose length is known. */
function measured(body: { content: AsyncIterable<Uint8Array>; size: number; type: string }): BodyContent {
  const type = body.type === '' ? undefined : typeUnlessGiven(body.type)
  const line: Field = ['content-length', String(body.size)]
  return {
    content: body.content,
    fields: (given) => [...(type?.(given) ?? []), ...(has(given, 'content-length') ? [] : [line])],
  }
}

function typeUnlessGiven(type: string): (given: Fields) => Fields {
  const line: Field = ['content-type', type]
  return (given) => (has(given, 'content-type') ? [] : [line])
}
