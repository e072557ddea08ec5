/** Uploads: request bodies that a guest reads from their sources on its event loop, and sends as fast as the host has room. */

import { checkChunk } from '../../base/chunk.js'
import type { ToHost } from '../line/protocol.js'
import { serializeError } from '../line/serialized-errors.js'
import { Window } from '../window.js'

/** How many bytes of an upload may be on their way before the host has read any. */
const WINDOW_BYTES = 1024 * 1024

export interface UploadLine {
  /** Sends to the host, or does nothing if the host is gone. */
  tell(say: ToHost, bytes?: Uint8Array): void
  /** The source has failed: the request fails with `error`, whatever the host answers. */
  failed(call: number, error: unknown): void
  /** Called when an upload has stalled for lack of room, gone on, or ended. */
  changed(): void
}

/** One body. It is open until its source has ended, or the host wants no more of it. */
class Upload {
  readonly #call: number
  readonly #line: UploadLine
  readonly #source: AsyncIterable<Uint8Array>
  #iterator: AsyncIterator<Uint8Array> | undefined
  #state: 'reading' | 'full' | 'ended' = 'reading'
  readonly #window = new Window(WINDOW_BYTES)
  #wake: () => void = () => {}

  constructor(
    call: number,
    source: AsyncIterable<Uint8Array>,
    line: UploadLine,
    /** Called when the upload stalls for lack of room (1), and when it goes on or ends (-1). */
    private readonly stalled: (by: 1 | -1) => void,
    private readonly failure: (cause: unknown) => unknown,
  ) {
    this.#call = call
    this.#line = line
    this.#source = source
  }

  credit(bytes: number): void {
    this.#window.bytes += bytes
    this.#goOn()
  }

  taken(messages: number): void {
    this.#window.messages += messages
    this.#goOn()
  }

  /** Nothing wants more of the body. */
  stop(): void {
    if (this.#state === 'ended') return
    this.#become('ended')
    this.#wake()
    void this.#closeSource().catch(() => {})
  }

  /** Sends the body, and resolves when the upload has ended in any way. A source whose iterator cannot be made counts as failed. */
  async pump(): Promise<void> {
    const call = this.#call
    try {
      const iterator = this.#source[Symbol.asyncIterator]()
      this.#iterator = iterator
      for (;;) {
        const { done, value } = await iterator.next()
        if (this.#state === 'ended') return
        if (done) break
        checkChunk('a request body', value)
        this.#line.tell({ do: 'upload', call }, value)
        this.#window.bytes -= value.byteLength
        this.#window.messages -= 1
        if (!this.#window.hasRoom) await this.#untilRoom()
      }
      this.#become('ended')
      this.#line.tell({ do: 'upload-end', call })
    } catch (error) {
      if (this.#state === 'ended') return
      this.stop()
      this.#line.tell({ do: 'upload-fail', call, error: serializeError(error) })
      this.#line.failed(call, this.failure(error))
    }
  }

  /** Closes the source's iterator. Callers ignore a failure of that: nothing could use it. */
  async #closeSource(): Promise<void> {
    await this.#iterator?.return?.()
  }

  #goOn(): void {
    if (!this.#window.hasRoom || this.#state !== 'full') return
    this.#become('reading')
    this.#wake()
  }

  #untilRoom(): Promise<void> {
    this.#become('full')
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #become(state: 'reading' | 'full' | 'ended'): void {
    if (this.#state === 'full') this.stalled(-1)
    this.#state = state
    if (state === 'full') this.stalled(1)
    this.#line.changed()
  }
}

/** The open uploads of one guest, by the number of their request. */
export class Uploads {
  readonly #line: UploadLine
  readonly #open = new Map<number, Upload>()
  /** How many uploads are stalled for lack of room. */
  #stalled = 0

  constructor(line: UploadLine) {
    this.#line = line
  }

  get size(): number {
    return this.#open.size
  }

  /** Whether an upload needs a credit of the host to go on. */
  get isStalled(): boolean {
    return this.#stalled > 0
  }

  /** Whether the body of the request `call` is not read to its end yet, which needs this thread's event loop. */
  isOpen(call: number): boolean {
    return this.#open.has(call)
  }

  /** Uploads `source` for the request `call`, which was sent before. If the source fails, the request fails with `failure`. */
  begin(call: number, source: AsyncIterable<Uint8Array>, failure: (cause: unknown) => unknown): void {
    const stalled = (by: 1 | -1) => {
      this.#stalled += by
    }
    const upload = new Upload(call, source, this.#line, stalled, failure)
    this.#open.set(call, upload)
    void upload.pump().finally(() => {
      this.#open.delete(call)
      this.#line.changed()
    })
  }

  credit(call: number, bytes: number): void {
    this.#open.get(call)?.credit(bytes)
  }

  taken(call: number, messages: number): void {
    this.#open.get(call)?.taken(messages)
  }

  stop(call: number): void {
    this.#open.get(call)?.stop()
    this.#open.delete(call)
  }

  stopAll(): void {
    for (const call of [...this.#open.keys()]) this.stop(call)
  }
}
