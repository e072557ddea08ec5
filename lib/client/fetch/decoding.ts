/** Decodes bodies as `fetch` does; the store keeps them as the origin sent them. */

import { pipeline, Readable, type Transform } from 'node:stream'
import zlib from 'node:zlib'
import { TidewaitError } from '../../base/errors.js'
import { byteStream, orElse } from '../response/byte-stream.js'
import type { HttpResponse } from '../response/response.js'
import { asFetchError, networkError, unreadable } from './fetch-error.js'

type Bytes = AsyncIterable<Uint8Array>
type Decoder = (coded: Bytes) => Bytes

/** A limit on the work of decoding; the platform's `fetch` has the same one. */
const MOST_CODINGS = 5

/** Decoded bytes are given out at once, and a missing end of the coding is tolerated, as in every browser. */
const LENIENT = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const BROTLI = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
}

const gunzipped: Decoder = (coded) => through(coded, zlib.createGunzip(LENIENT))

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', gunzipped],
  ['x-gzip', gunzipped],
  ['deflate', inflated],
  ['br', (coded) => through(coded, zlib.createBrotliDecompress(BROTLI))],
  ...zstandard(),
])

/**
 * The body without its content codings. If one of them is unknown, the body as it came.
 *
 * @throws TypeError for more than `MOST_CODINGS` codings
 */
export function decodedBody(response: HttpResponse): ReadableStream<Uint8Array> {
  const decoders = decodersOf(response.headers.get('content-encoding') ?? '')
  if (decoders.length === 0)
    return byteStream({ next: () => orElse(() => response.nextBytes(), broken), cancel: () => response.cancel() })
  const decoded = decoders.reduce<Bytes>((coded, decode) => decode(coded), response)
  const chunks = decoded[Symbol.asyncIterator]()
  return byteStream({
    next: () => chunks.next().then(({ done, value }) => (done ? undefined : value), undecodable),
    /** Cancelling the response ends the read under way at once; the decoders end after that. */
    cancel() {
      response.cancel()
      chunks.return?.().catch(() => {})
    },
  })
}

function broken(failure: unknown): never {
  throw asFetchError(failure, 'terminated')
}

/** A failure of the body keeps its own error. A failure of a decoder becomes the `TypeError` that `fetch` has for bad bodies. */
function undecodable(failure: unknown): never {
  if (failure instanceof TidewaitError) return broken(failure)
  throw unreadable(failure)
}

/** The decoders, in the order in which codings are undone: the last coding first. */
function decodersOf(encoding: string): Decoder[] {
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > MOST_CODINGS) throw networkError(`more than ${MOST_CODINGS} content codings`)
  const decoders = codings.map((coding) => DECODERS.get(coding)).filter((decoder) => decoder !== undefined)
  return decoders.length === codings.length ? decoders.reverse() : []
}

/** Pipes `coded` through `decoder`. A failure of one ends both. */
function through(coded: Bytes, decoder: Transform): Bytes {
  return pipeline(Readable.from(coded), decoder, () => {})
}

/** Decodes `deflate`. Many servers leave out the wrapper of RFC 1950, so the first byte decides whether there is one. */
async function* inflated(coded: Bytes): AsyncGenerator<Uint8Array> {
  const chunks = coded[Symbol.asyncIterator]()
  const start = await chunks.next()
  if (start.done) return
  const isWrapped = ((start.value[0] ?? 0) & 0x0f) === 8
  const whole = (async function* whole() {
    yield start.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  })()
  yield* through(whole, isWrapped ? zlib.createInflate(LENIENT) : zlib.createInflateRaw(LENIENT))
}

/** The decoder for zstd, if this version of Node has one. */
function zstandard(): [name: string, decoder: Decoder][] {
  const { createZstdDecompress: create } = zlib as { createZstdDecompress?: () => Transform }
  return create === undefined ? [] : [['zstd', (coded) => through(coded, create())]]
}
