/** The bodies that callers send: in hand or in pieces, some of which are held until the program lets them go on. */

import { Barrier } from '../kit/barrier.js'
import type { Upload } from './asked.js'

export type UploadBody = string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** More than a host in another thread takes before it has read any. */
const LONG = Array.from({ length: 24 }, (_, nth) => `${nth % 10}`.repeat(65_536))
const PIECES = ['some', ' that is ', 'sent along']

export class Uploads {
  readonly #held: { readonly page: number; readonly body: HeldBody }[] = []

  /** The bodies whose readers wait for more. */
  get held(): number {
    return this.#held.filter(({ body }) => body.isAwaited).length
  }

  /** The ends of the bodies that were held, in their order. */
  get told(): readonly string[] {
    return this.#held.map(({ body }) => body.state)
  }

  /** Lets the bodies to `page` go on, or all. Whether there was any. */
  goOn(page?: number): boolean {
    const some = this.#held.filter((each) => each.body.isAwaited && (page ?? each.page) === each.page)
    for (const { body } of some) body.goOn()
    return some.length > 0
  }

  body(upload: Upload, page: number): UploadBody {
    switch (upload) {
      case 'text':
        return PIECES.join('')
      case 'bytes':
        return bytes(PIECES.join(''))
      case 'stream':
        return new Blob(PIECES).stream()
      case 'iterable':
        return pieces(PIECES)
      case 'long':
        return pieces(LONG)
      case 'breaks off':
        return breaking()
      case 'held': {
        const body = new HeldBody()
        this.#held.push({ page, body })
        return body
      }
    }
  }
}

async function* pieces(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text)
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield bytes('some')
  throw new Error('the source breaks off')
}

/** A reader that leaves it is not kept waiting, as it would be by a generator. */
class HeldBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #barrier = new Barrier()
  #given = 0
  state: 'unread' | 'awaited' | 'whole' | 'left' = 'unread'

  get isAwaited(): boolean {
    return this.state === 'awaited' && !this.#barrier.isOpen
  }

  goOn(): void {
    this.#barrier.open()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const text = PIECES[this.#given++]
    if (this.state === 'left') return { done: true, value: undefined }
    if (text === undefined) {
      this.state = 'whole'
      return { done: true, value: undefined }
    }
    if (this.#given > 1) {
      this.state = 'awaited'
      await this.#barrier.opened
    }
    return { done: false, value: bytes(text) }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.state = 'left'
    this.#barrier.open()
    return { done: true, value: undefined }
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
