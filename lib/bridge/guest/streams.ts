/** The bodies that the host sends this guest piece by piece, by stream number. */

import type { Trailers } from '../../base/body.js'
import { Incoming } from '../incoming.js'
import type { ToHost } from '../line/protocol.js'

export interface StreamsOptions {
  /** Sends to the host, or does nothing if the host is gone. */
  readonly tell: (say: ToHost) => void
  /** Called when it may have changed whether a reader waits for bytes. */
  readonly changed: () => void
}

export class Streams {
  readonly #options: StreamsOptions
  readonly #bodies = new Map<number, Incoming>()
  /** The stream numbers of bodies that the host held at first. */
  readonly #held = new WeakMap<Incoming, number>()
  /** The guest opens streams with even numbers, the host with odd ones. */
  #next = 2
  /** How many bodies have a reader that waits for bytes. */
  #awaited = 0

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Whether a reader waits for bytes. */
  get areAwaited(): boolean {
    return this.#awaited > 0
  }

  /** Whether a reader waits for bytes of a body whose `dependsOn` satisfies `isMeant`. */
  someAwaited(isMeant: (dependsOn: number | undefined) => boolean): boolean {
    for (const { isAwaited, dependsOn } of this.#bodies.values()) if (isAwaited && isMeant(dependsOn)) return true
    return false
  }

  /** Opens a stream that this guest then asks the host for, by the returned number. */
  open({ length, follows }: { readonly length: number | undefined; readonly follows?: number | undefined }): {
    readonly stream: number
    readonly body: Incoming
  } {
    const stream = this.#next
    this.#next += 2
    const body = this.come(stream, length)
    body.dependsOn = follows
    return { stream, body }
  }

  /** Registers a stream that the host has begun, or is asked for. */
  come(stream: number, length: number | undefined, flow?: 'held'): Incoming {
    const { tell, changed } = this.#options
    const body = new Incoming(
      {
        close: () => {
          if (this.#bodies.delete(stream)) tell({ do: 'close-stream', stream })
        },
        credit: (bytes) => tell({ do: 'credit', stream, bytes }),
        tookIn: (messages) => tell({ do: 'taken', stream, messages }),
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

  /** Returns a held stream to the host, which then uses it there. `undefined` if it flows: some bytes may be on their way here. */
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
