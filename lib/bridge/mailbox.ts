/** A guest's end of the line: who waits for which answer, and how this thread sleeps until one comes. */

import { HostLostError } from '../base/errors.js'
import type { Reaction } from '../scheduler/index.js'
import { Incoming } from './inbox.js'
import type { Life } from './life.js'
import type { Line } from './line.js'
import type { SpokenBody, ToGuest, ToHost } from './protocol.js'
import { heard } from './spoken-errors.js'

/** Somebody an answer is for. */
export interface Addressee {
  heard(say: ToGuest, body: Incoming | Uint8Array | undefined): void
  failed(error: unknown): void
}

/** A blocked thread looks this often whether the host still lives. */
const LOOK_MS = 500

export class Mailbox {
  readonly #line: Line<ToHost, ToGuest>
  readonly #life: Life
  readonly #addressees = new Map<number, Addressee>()
  readonly #revalidations = new Map<number, Addressee>()
  #nextCall = 1
  readonly #streams = new Map<number, Incoming>()
  #nextStream = 2
  #lost: HostLostError | undefined
  /** Whether anybody was told anything since it was last asked. */
  #news: 'none' | 'some' = 'none'

  constructor(line: Line<ToHost, ToGuest>, life: Life) {
    this.#line = line
    this.#life = life
    line.onMail(() => this.look())
    line.onClose(() => this.lose())
    line.rest()
  }

  /** Throws `HostLostError` once the host is gone. */
  say(say: ToHost, bytes?: Uint8Array): void {
    if (this.#lost) throw this.#lost
    this.#line.send({ say, bytes })
  }

  /** A number for something this guest asks for; never used twice, so that a late answer finds nobody else. */
  number(): number {
    return this.#nextCall++
  }

  /** Says what a host that is gone does not have to hear. */
  tellIfAlive(say: ToHost): void {
    if (!this.#lost) this.#line.send({ say })
  }

  /** From now on the answer to `call` goes to `addressee`. While anybody waits, the event loop goes on. */
  expect(call: number, addressee: Addressee): void {
    if (this.#lost) return addressee.failed(this.#lost)
    this.#addressees.set(call, addressee)
    this.#hold()
  }

  /** Nobody waits for the answer to `call` any more. */
  forget(call: number): void {
    if (this.#addressees.delete(call)) this.#hold()
  }

  /** The end of a background fetch goes to `addressee`. It keeps no event loop running: the host goes on by itself. */
  expectRevalidation(number: number, addressee: Addressee): void {
    if (this.#lost) return addressee.failed(this.#lost)
    this.#revalidations.set(number, addressee)
  }

  /** A stream that this guest asks for; the number to ask with. */
  openStream(length: number | undefined): { readonly stream: number; readonly body: Incoming } {
    const stream = this.#nextStream
    this.#nextStream += 2
    return { stream, body: this.#incoming(stream, length) }
  }

  /** Gives a stream that was not read back to the host, to use it itself. */
  giveBack(body: Incoming): number | undefined {
    for (const [stream, incoming] of this.#streams) {
      if (incoming !== body) continue
      this.#streams.delete(stream)
      this.#hold()
      return stream
    }
    return undefined
  }

  /** Takes in what has come, without blocking. */
  look(): void {
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#news = 'some'
        this.#hear(message.say, message.bytes ?? message.shared?.[0])
      }
    } while (!this.#line.rest())
  }

  /** Takes in what has come; while that is nothing, blocks. */
  react(timeoutMs: number | undefined): Reaction {
    this.look()
    let left = timeoutMs ?? Number.POSITIVE_INFINITY
    while (this.#takeNews() === 'none') {
      if (left <= 0) return 'timeout'
      if (this.#addressees.size === 0 && this.#streams.size === 0) return 'never'
      const slice = Math.min(left, LOOK_MS)
      if (!this.#line.block(slice)) {
        left -= slice
        if (this.#life.isOver(slice)) this.lose()
      }
      this.look()
    }
    return 'ready'
  }

  /** The host is gone: everybody who waits hears of it. */
  lose(cause?: unknown): void {
    if (this.#lost) return
    this.#lost = new HostLostError(cause)
    this.#news = 'some'
    const waiting = [...this.#addressees.values(), ...this.#revalidations.values()]
    const streams = [...this.#streams.values()]
    this.#addressees.clear()
    this.#revalidations.clear()
    this.#streams.clear()
    this.#hold()
    for (const addressee of waiting) addressee.failed(this.#lost)
    for (const stream of streams) stream.fail(this.#lost)
  }

  /** This guest leaves; the host notices by the closed port. */
  close(): void {
    this.#lost ??= new HostLostError()
    this.#line.close()
  }

  #takeNews(): 'none' | 'some' {
    const news = this.#news
    this.#news = 'none'
    return news
  }

  #hear(say: ToGuest, bytes: Uint8Array | undefined): void {
    switch (say.is) {
      case 'chunk':
        return this.#streams.get(say.stream)?.arrive(bytes ?? new Uint8Array(0))
      case 'end':
        return this.#endStream(say.stream)?.end(say.trailers)
      case 'broken':
        return this.#endStream(say.stream)?.fail(heard(say.error))
      case 'revalidated': {
        const addressee = this.#revalidations.get(say.revalidation)
        this.#revalidations.delete(say.revalidation)
        return say.error === undefined ? addressee?.heard(say, undefined) : addressee?.failed(heard(say.error))
      }
      case 'failed':
        return this.#addressee(say.call)?.failed(heard(say.error))
      default: {
        const body = 'body' in say ? this.#body(say.body, bytes) : undefined
        const addressee = this.#addressee(say.call)
        if (addressee !== undefined) addressee.heard(say, body)
        else if (body instanceof Incoming) body.cancel()
      }
    }
  }

  #addressee(call: number): Addressee | undefined {
    const addressee = this.#addressees.get(call)
    this.forget(call)
    return addressee
  }

  #body(body: SpokenBody, bytes: Uint8Array | undefined): Incoming | Uint8Array | undefined {
    if (body.kind === 'inline') return bytes ?? new Uint8Array(0)
    return body.kind === 'stream' ? this.#incoming(body.stream, body.length) : undefined
  }

  #incoming(stream: number, length: number | undefined): Incoming {
    const incoming = new Incoming(
      {
        close: () => {
          if (this.#endStream(stream)) this.tellIfAlive({ do: 'close-stream', stream })
        },
        credit: (bytes) => this.tellIfAlive({ do: 'credit', stream, bytes }),
      },
      length,
    )
    this.#streams.set(stream, incoming)
    this.#hold()
    return incoming
  }

  #endStream(stream: number): Incoming | undefined {
    const incoming = this.#streams.get(stream)
    if (this.#streams.delete(stream)) this.#hold()
    return incoming
  }

  #hold(): void {
    this.#line.hold(this.#addressees.size > 0 || this.#streams.size > 0)
  }
}
