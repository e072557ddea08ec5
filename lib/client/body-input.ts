/** A request body as callers give it, as bytes or a stream of bytes, with the content type that goes with it. */

import { InvalidArgumentError } from '../base/errors.js'
import type { ResponseBodyInput } from '../base/web-types.js'
import { type Field, type Fields, has } from '../http/message.js'
import type { RequestBody } from '../pending/host.js'

/** As in `fetch`, and any source of bytes. */
export type BodyInput = NonNullable<ResponseBodyInput> | AsyncIterable<Uint8Array>

export interface BodyContent {
  readonly content: RequestBody | undefined
  /** Lines to add to these, if any. */
  readonly fields: ((given: Fields) => Fields) | undefined
}

const NOTHING: BodyContent = { content: undefined, fields: undefined }

/** Throws `InvalidArgumentError` for what is not a body. */
export function requestBody(input: BodyInput | null | undefined): BodyContent {
  if (input === null || input === undefined) return NOTHING
  if (typeof input === 'string') return typed(new TextEncoder().encode(input), 'text/plain;charset=UTF-8')
  if (input instanceof Uint8Array) return { content: input.slice(), fields: undefined }
  if (input instanceof ArrayBuffer) return { content: new Uint8Array(input.slice(0)), fields: undefined }
  if (ArrayBuffer.isView(input))
    return { content: new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice(), fields: undefined }
  if (input instanceof URLSearchParams) {
    return typed(new TextEncoder().encode(String(input)), 'application/x-www-form-urlencoded;charset=UTF-8')
  }
  if (input instanceof Blob) return sized(viaResponse(input), input.size)
  if (input instanceof FormData) return viaResponse(input)
  if (typeof input === 'object' && Symbol.asyncIterator in input)
    return { content: input as AsyncIterable<Uint8Array>, fields: undefined }
  throw new InvalidArgumentError('not a request body')
}

/**
 * The body of a `Request`: the bytes if it was made with bytes, otherwise its stream. The platform does not say which it
 * was; but a stream made from bytes has them all in its first chunk, and ends right after it.
 */
export async function bodyOf(body: NonNullable<Request['body']>): Promise<BodyInput> {
  const chunks = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const reads = [chunks.next(), chunks.next()] as const
  const bytes = Promise.all(reads).then(
    ([start, end]) => (end.done ? (start.value ?? new Uint8Array(0)) : undefined),
    () => undefined,
  )
  const turn = new Promise<undefined>((resolve) => setImmediate(resolve, undefined))
  return (await Promise.race([bytes, turn])) ?? resumed(reads, chunks)
}

/** A stream that has been asked for its first chunks already. */
async function* resumed(
  reads: readonly Promise<IteratorResult<Uint8Array>>[],
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (const read of reads) {
      const { done, value } = await read
      if (done) return
      yield value
    }
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  } finally {
    await chunks.return?.()
  }
}

function typed(content: Uint8Array, type: string): BodyContent {
  return { content, fields: typeUnlessGiven(type) }
}

/** The platform knows how to write these, and what to call them. */
function viaResponse(input: Blob | FormData): BodyContent {
  const response = new Response(input)
  const type = response.headers.get('content-type')
  return {
    content: response.body as AsyncIterable<Uint8Array>,
    fields: type === null ? undefined : typeUnlessGiven(type),
  }
}

/** A body that is read as a stream, and whose length is known all the same. */
function sized({ content, fields }: BodyContent, bytes: number): BodyContent {
  const line: Field = ['content-length', String(bytes)]
  return { content, fields: (given) => [...(fields?.(given) ?? []), ...(has(given, 'content-length') ? [] : [line])] }
}

function typeUnlessGiven(type: string): (given: Fields) => Fields {
  const line: Field = ['content-type', type]
  return (given) => (has(given, 'content-type') ? [] : [line])
}
