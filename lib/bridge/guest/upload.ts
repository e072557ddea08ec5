/** Request bodies on their way from a guest to the host: read from their sources as fast as the host has room for them. */

import { InvalidArgumentError } from '../../base/errors.js'
import { isUint8Array } from '../../base/realms.js'
import type { ToHost } from '../line/protocol.js'
import { spoken } from '../line/spoken-errors.js'

/** Bytes the host may be sent before it has read any. */
const WINDOW_BYTES = 1024 * 1024

export interface UploadLine {
  /** To a host that may be gone. */
  tell(say: ToHost, bytes?: Uint8Array): void
  /** The source has failed; nobody waits for the answer of the host any more. */
  failed(call: number, error: unknown): void
  /** One is open, or stands still for lack of room, or does not any more. */
  changed(): void
}

/** One body. It is open until its source has ended, or nobody wants more of it. */
class Upload {
  readonly #call: number
  readonly #line: UploadLine
  readonly #source: AsyncIterable<Uint8Array>
  #iterator: AsyncIterator<Uint8Array> | undefined
  #state: 'reading' | 'full' | 'ended' = 'reading'
  #room = WINDOW_BYTES
  #wake: () => void = () => {}

  constructor(
    call: number,
    source: AsyncIterable<Uint8Array>,
    line: UploadLine,
    /** Told when it stands still for lack of room, and when it does not any more. */
    private readonly stands: (by: 1 | -1) => void,
    private readonly failure: (cause: unknown) => unknown,
  ) {
    this.#call = call
    this.#line = line
    this.#source = source
  }

  credit(bytes: number): void {
    this.#room += bytes
    if (this.#room <= 0 || this.#state !== 'full') return
    this.#become('reading')
    this.#wake()
  }

  /** Nobody wants more of it. */
  stop(): void {
    if (this.#state === 'ended') return
    this.#become('ended')
    this.#wake()
    void this.#leave().catch(() => {})
  }

  /** Resolves when it has ended, whichever way: a source that cannot even begin is one that fails. */
  async pump(): Promise<void> {
    const call = this.#call
    try {
      const iterator = this.#source[Symbol.asyncIterator]()
      this.#iterator = iterator
      for (;;) {
        const { done, value } = await iterator.next()
        if (this.#state === 'ended') return
        if (done) break
        if (!isUint8Array(value)) throw new InvalidArgumentError('a request body yields Uint8Arrays')
        this.#line.tell({ do: 'upload', call }, value)
        this.#room -= value.byteLength
        if (this.#room <= 0) await this.#untilRoom()
      }
      this.#become('ended')
      this.#line.tell({ do: 'upload-end', call })
    } catch (error) {
      if (this.#state === 'ended') return
      this.stop()
      this.#line.tell({ do: 'upload-fail', call, error: spoken(error) })
      this.#line.failed(call, this.failure(error))
    }
  }

  /** Whatever the source has to say to that is of no use to anybody. */
  async #leave(): Promise<void> {
    await this.#iterator?.return?.()
  }

  #untilRoom(): Promise<void> {
    this.#become('full')
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #become(state: 'reading' | 'full' | 'ended'): void {
    if (this.#state === 'full') this.stands(-1)
    this.#state = state
    if (state === 'full') this.stands(1)
    this.#line.changed()
  }
}

/** Those of one guest that are open, by the number of the request they belong to. */
export class Uploads {
  readonly #line: UploadLine
  readonly #open = new Map<number, Upload>()
  /** How many stand still for lack of room. */
  #full = 0

  constructor(line: UploadLine) {
    this.#line = line
  }

  get size(): number {
    return this.#open.size
  }

  /** Whether the host has to be heard for one of them to go on. */
  get isFull(): boolean {
    return this.#full > 0
  }

  /** Whether the body of the request `call` is still to be read from its source, which takes turns of the event loop. */
  isOpen(call: number): boolean {
    return this.#open.has(call)
  }

  /** Reads `source` for the request `call`, which has been said; it fails with `failure` if the source does. */
  begin(call: number, source: AsyncIterable<Uint8Array>, failure: (cause: unknown) => unknown): void {
    const stands = (by: 1 | -1) => {
      this.#full += by
    }
    const upload = new Upload(call, source, this.#line, stands, failure)
    this.#open.set(call, upload)
    void upload.pump().finally(() => {
      this.#open.delete(call)
      this.#line.changed()
    })
  }

  credit(call: number, bytes: number): void {
    this.#open.get(call)?.credit(bytes)
  }

  stop(call: number): void {
    this.#open.get(call)?.stop()
    this.#open.delete(call)
  }

  stopAll(): void {
    for (const call of [...this.#open.keys()]) this.stop(call)
  }
}
