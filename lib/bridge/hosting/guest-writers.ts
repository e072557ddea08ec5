/** The writers in the host's store that a guest has opened, by the guest's numbers. */

import type { BodyReader } from '../../base/body.js'
import { BadHandleError, TruncatedBodyError } from '../../base/errors.js'
import { deserted } from '../../host/append.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Handle } from '../../scheduler/index.js'
import { StoredBody } from '../../store/body.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { deserializeError } from '../line/serialized-errors.js'
import type { Outbox } from './outbox.js'

export interface GuestWritersParts {
  readonly host: LocalHost
  /** The streams to the guest; `append` names one of them as the source of a writer. */
  readonly outbox: Outbox
  readonly line: Line<ToGuest, ToHost>
}

export class GuestWriters {
  readonly #host: LocalHost
  readonly #outbox: Outbox
  readonly #line: Line<ToGuest, ToHost>
  readonly #writers = new Map<number, Handle>()

  constructor({ host, outbox, line }: GuestWritersParts) {
    this.#host = host
    this.#outbox = outbox
    this.#line = line
  }

  get size(): number {
    return this.#writers.size
  }

  /** Registers the host's `writer` under the guest's `number`. */
  add(number: number, writer: Handle): void {
    this.#writers.set(number, writer)
    this.#host.onDeserted(writer, () => {
      if (this.#writers.get(number) !== writer) return
      this.#breakOff(number, writer, deserted())
      this.#line.send({ say: { is: 'deserted', writer: number } })
    })
  }

  /** Carries out `say` if it is about a writer; returns false if not. */
  obey(say: ToHost, bytes: Uint8Array | undefined): boolean {
    switch (say.do) {
      case 'write':
        this.#host.write(this.#get(say.writer), bytes ?? new Uint8Array(0))
        return true
      case 'finish':
        this.#host.finish(this.#take(say.writer), say.trailers)
        return true
      case 'fail':
        this.#host.fail(this.#take(say.writer), deserializeError(say.error))
        return true
      case 'append':
        this.#append(say)
        return true
      default:
        return false
    }
  }

  /** The number of the writer whose bytes `reader` reads, if it is one of this guest's. */
  followedBy(reader: BodyReader | undefined): number | undefined {
    if (reader === undefined || reader.length !== undefined) return undefined
    for (const [number, writer] of this.#writers) if (this.#host.isFollowed(writer, reader)) return number
    return undefined
  }

  /**
   * The guest stands still: breaks off each body that readers outside this guest wait for. These readers get an error, and the next
   * request for the object fetches it.
   */
  breakOff(): void {
    const host = this.#host
    const isOthers = (reader: BodyReader) => !this.#outbox.sends(reader)
    for (const [number, writer] of this.#writers) {
      if (host.isAwaited(writer, isOthers)) this.#breakOff(number, writer, unwritten('stands still'))
    }
  }

  /** The guest is gone. */
  failAll(): void {
    for (const writer of this.#writers.values()) this.#host.fail(writer, unwritten('is gone'))
    this.#writers.clear()
  }

  /** Fails `writer`. What the guest still writes under `number` goes into a body that nothing reads. */
  #breakOff(number: number, writer: Handle, failure: unknown): void {
    this.#host.fail(writer, failure)
    this.#writers.set(number, this.#host.openWriter(new StoredBody().writer))
  }

  #append({ writer, stream }: ToHost & { do: 'append' }): void {
    const reader = this.#outbox.take(stream)
    const handle = this.#take(writer)
    if (reader === undefined) this.#host.fail(handle, new BadHandleError(stream, 'no stream of this guest'))
    else this.#host.append(handle, this.#host.openBody(reader))
  }

  #get(number: number): Handle {
    const handle = this.#writers.get(number)
    if (handle === undefined) throw new BadHandleError(number, 'no writer of this guest')
    return handle
  }

  #take(number: number): Handle {
    const handle = this.#get(number)
    this.#writers.delete(number)
    return handle
  }
}

/** The failure of a body whose writing guest has stopped. The blame is the caller's: the origin has done nothing wrong. */
function unwritten(why: string): TruncatedBodyError {
  return new TruncatedBodyError(`the thread that writes it ${why}`, { blame: 'caller' })
}
