/** The bodies that a guest writes here, or lets the host write, by its own numbers; and which of them a reader follows. */

import type { BodyReader } from '../../base/body.js'
import { BadHandleError, TruncatedBodyError } from '../../base/errors.js'
import { deserted } from '../../host/append.js'
import type { LocalHost } from '../../host/local-host.js'
import type { Handle } from '../../scheduler/index.js'
import { StoredBody } from '../../store/body.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { heard } from '../line/spoken-errors.js'
import type { Outbox } from './outbox.js'

export interface GuestWritersParts {
  readonly host: LocalHost
  /** What the guest reads, and may want the host to write. */
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

  /** From now on `number` is the guest's for the host's own `writer`. */
  add(number: number, writer: Handle): void {
    this.#writers.set(number, writer)
    this.#host.onDeserted(writer, () => {
      if (this.#writers.get(number) !== writer) return
      this.#breakOff(number, writer, deserted())
      this.#line.send({ say: { is: 'deserted', writer: number } })
    })
  }

  /** Does what `say` asks for, if it is about a body that is written; false if not. */
  obey(say: ToHost, bytes: Uint8Array | undefined): boolean {
    switch (say.do) {
      case 'write':
        this.#host.write(this.#get(say.writer), bytes ?? new Uint8Array(0))
        return true
      case 'finish':
        this.#host.finish(this.#take(say.writer), say.trailers)
        return true
      case 'fail':
        this.#host.fail(this.#take(say.writer), heard(say.error))
        return true
      case 'append':
        this.#append(say)
        return true
      default:
        return false
    }
  }

  /** The one that `reader` follows. */
  behind(reader: BodyReader | undefined): number | undefined {
    if (reader === undefined || reader.length !== undefined) return undefined
    for (const [number, writer] of this.#writers) if (this.#host.isFollowed(writer, reader)) return number
    return undefined
  }

  /** Others who wait for bytes of what this guest writes wait no longer: they are told, and the next who asks fetches. */
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

  /** The guest may write on, and for nobody. */
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

/** No origin can do anything about it. */
function unwritten(why: string): TruncatedBodyError {
  return new TruncatedBodyError(`the thread that writes it ${why}`, { blame: 'caller' })
}
