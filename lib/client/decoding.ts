/** Bodies decoded as `fetch` decodes them; the store keeps what the origin sent. */

import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { HttpResponse } from './response.js'
import { byteStream } from './web.js'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/** The body without its content codings, as far as they are known; broken off when `signal` aborts. */
export function decodedBody(response: HttpResponse, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const raw = byteStream(response)
  const body = signal === undefined ? raw : brokenOffBy(signal, raw, response)
  const decoders = decodersOf(response)
  if (decoders.length === 0) return body
  const stages = [Readable.fromWeb(body as import('node:stream/web').ReadableStream), ...decoders] as const
  const last = decoders[decoders.length - 1] as Transform
  pipeline(stages, () => {})
  return Readable.toWeb(last) as ReadableStream<Uint8Array>
}

/** In the order in which they are undone; none at all if one of them is unknown. */
function decodersOf(response: HttpResponse): Transform[] {
  const codings = (response.headers.get('content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
  const makers = codings.map((coding) => DECODERS[coding])
  if (response.status === 204 || response.status === 304) return []
  return makers.every((make) => make !== undefined) ? makers.reverse().map((make) => (make as () => Transform)()) : []
}

function brokenOffBy(
  signal: AbortSignal,
  body: ReadableStream<Uint8Array>,
  response: HttpResponse,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let abort = () => {}
  return new ReadableStream(
    {
      start(controller) {
        abort = () => {
          controller.error(signal.reason)
          response.cancel()
        }
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort, { once: true })
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (signal.aborted) return
        if (!done) return controller.enqueue(value)
        signal.removeEventListener('abort', abort)
        controller.close()
      },
      cancel(reason) {
        signal.removeEventListener('abort', abort)
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
