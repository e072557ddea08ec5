/** The bodies that come to a guest piece by piece, each by the number of its stream. */

import type { Trailers } from '../../base/body.js'
import { Incoming } from '../incoming.js'
import type { ToHost } from '../line/protocol.js'

export interface StreamsOptions {
  /** Says what a host that is gone does not have to hear. */
  readonly tell: (say: ToHost) => void
  /** Whether somebody waits for bytes may have changed. */
  readonly changed: () => void
}

export class Streams {
  readonly #options: StreamsOptions
  readonly #bodies = new Map<number, Incoming>()
  /** Numbers of those that came held. */
  readonly #held = new WeakMap<Incoming, number>()
  #next = 2
  /** How many of them somebody waits for. */
  #awaited = 0

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Whether somebody waits for bytes. */
  get areAwaited(): boolean {
    return this.#awaited > 0
  }

  /** Whether somebody waits for bytes of a body whose writer is one that `isMeant`. */
  someAwaited(isMeant: (behind: number | undefined) => boolean): boolean {
    for (const { isAwaited, behind } of this.#bodies.values()) if (isAwaited && isMeant(behind)) return true
    return false
  }

  /** A stream that this guest asks for; the number to ask with. */
  open({ length, behind }: { readonly length: number | undefined; readonly behind?: number | undefined }): {
    readonly stream: number
    readonly body: Incoming
  } {
    const stream = this.#next
    this.#next += 2
    const body = this.come(stream, length)
    body.behind = behind
    return { stream, body }
  }

  /** A stream that the host has begun, or has been asked for. */
  come(stream: number, length: number | undefined, flow?: 'held'): Incoming {
    const { tell, changed } = this.#options
    const body = new Incoming(
      {
        close: () => {
          if (this.#bodies.delete(stream)) tell({ do: 'close-stream', stream })
        },
        credit: (bytes) => tell({ do: 'credit', stream, bytes }),
        awaited: (by) => {
          this.#awaited += by
          changed()
        },
      },
      length,
      flow,
    )
    this.#bodies.set(stream, body)
    if (flow === 'held') this.#held.set(body, stream)
    return body
  }

  /** Gives a held stream back to the host, to use it itself; of one that flows, some may be on its way here. */
  giveBack(body: Incoming): number | undefined {
    const stream = this.#held.get(body)
    return stream !== undefined && body.isHeld && this.#bodies.delete(stream) ? stream : undefined
  }

  arrive(stream: number, chunks: readonly Uint8Array[]): void {
    this.#bodies.get(stream)?.arrive(chunks)
  }

  end(stream: number, trailers: Trailers | undefined): void {
    this.#take(stream)?.end(trailers)
  }

  fail(stream: number, error: unknown): void {
    this.#take(stream)?.fail(error)
  }

  failAll(error: unknown): void {
    const all = [...this.#bodies.values()]
    this.#bodies.clear()
    for (const body of all) body.fail(error)
  }

  #take(stream: number): Incoming | undefined {
    const body = this.#bodies.get(stream)
    this.#bodies.delete(stream)
    return body
  }
}
