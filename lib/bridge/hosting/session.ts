/** The host's side of one guest: does what the guest says, answers, and gives everything back when the guest is gone. */

import type { Operation } from 'effection'
import { BadHandleError } from '../../base/errors.js'
import type { ChannelName } from '../../host/diagnostics.js'
import type { LocalHost } from '../../host/local-host.js'
import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { begin } from '../../pending/begin.js'
import type { Requester, Surroundings } from '../../pending/context.js'
import { NO_HOOKS } from '../../pending/hooks.js'
import type { RequestOptions } from '../../pending/request-options.js'
import { type Handle, type Pending, ready } from '../../scheduler/index.js'
import { Coroutine } from '../../scheduler/internal.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { spoken } from '../line/spoken-errors.js'
import { Answers } from './answers.js'
import { Arrivals } from './arrivals.js'
import { GuestEntries } from './guest-entries.js'
import { GuestWriters } from './guest-writers.js'
import { Outbox } from './outbox.js'
import { ownWaits } from './own-waits.js'
import type { SessionParts } from './parts.js'
import { type PlacedFor, PlacedRequest } from './placed-request.js'
import type { Ear, Relay } from './relay.js'

/** What is said on channels to a guest that neither turns nor listens, before the rest is lost on it. */
const MOST_UNHEARD = 10_000

/** Messages handled in a row: the sockets and the other guests have their turn in between. */
const AT_A_TIME = 256

/** A whole request to run here, and the number of the guest's entry whose hook asks. */
interface Order {
  readonly options: RequestOptions
  readonly madeBy: number | undefined
}

export class Session implements Ear, PlacedFor {
  readonly #line: Line<ToGuest, ToHost>
  readonly #host: LocalHost
  readonly #surroundings: Surroundings
  readonly #stats: () => unknown
  readonly #relay: Relay
  readonly #outbox: Outbox
  readonly #arrivals: Arrivals
  readonly #writers: GuestWriters
  readonly #entries: GuestEntries
  readonly #answers: Answers
  /** Requests and sends under way, by the guest's number. */
  readonly #work = new Map<number, Pending<unknown>>()
  /** What a crowd wants is said once on a line. */
  #lastOrder: Order | undefined
  #placed = 0
  /** How much it was told of channels since it last showed that it turns or listens. */
  #toldSince = 0
  #attended = 0

  constructor(parts: SessionParts) {
    const { host, line } = parts
    const outbox = new Outbox(line)
    const writers = new GuestWriters({ host, outbox, line })
    this.#line = line
    this.#host = host
    this.#surroundings = parts.surroundings
    this.#stats = parts.stats
    this.#relay = parts.relay
    this.#outbox = outbox
    this.#arrivals = new Arrivals(line)
    this.#writers = writers
    this.#entries = new GuestEntries({ ...parts, outbox, writers })
    this.#answers = new Answers({ host, line, outbox, writers })
    line.onMail(() => this.serve())
  }

  /** Whole requests it was given to run here, and those without an answer yet. */
  get requests(): { readonly started: number; readonly pending: number } {
    const pending = [...this.#work.values()].filter((work) => work instanceof PlacedRequest).length
    return { started: this.#placed, pending }
  }

  /** Handles mail until there is none and the guest knows to sound the bell; if there is much of it, the rest a little later. */
  serve(): void {
    let left = AT_A_TIME
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#obey(message.say, message.bytes)
        if (--left === 0) return this.#serveLater()
      }
    } while (!this.#line.rest())
  }

  /** Says what a channel has said; a guest that neither turns nor listens hears no more after a while. */
  tell(channel: ChannelName, message: object): void {
    const { attended } = this.#line
    if (attended !== this.#attended) this.#toldSince = 0
    this.#attended = attended
    if (this.#toldSince++ >= MOST_UNHEARD) return
    const { error, ...rest } = message as { readonly error?: unknown }
    this.#line.send({
      say: { is: 'told', channel, message: rest, ...(error !== undefined && { error: spoken(error) }) },
    })
  }

  /** The number of a request that was closed is nobody's any more. */
  answered(call: number, answer: Answer): void {
    if (!this.#work.delete(call)) return
    try {
      this.#answers.say(call, answer)
    } catch (failure) {
      this.failed(call, failure)
    }
  }

  /** What comes of the request's own body is read no further. */
  failed(call: number, failure: unknown): void {
    this.#work.delete(call)
    this.#arrivals.cancel(call)
    this.#line.send({ say: { is: 'failed', call, error: spoken(failure) } })
  }

  leftCache(call: number): void {
    this.#line.send({ say: { is: 'left-cache', call } })
  }

  /** An origin may send any number of them, to a guest that does not turn: they can be missed. */
  interim(call: number, head: ResponseHead): void {
    this.#line.send({ say: { is: 'interim', call, head } }, 'drop')
  }

  untaken({ body }: Answer): void {
    if (body !== undefined) this.#host.close(body)
  }

  /** The guest is gone: what it held is free for the others. */
  end(): void {
    this.#relay.forget(this)
    for (const call of [...this.#work.keys()]) this.#close(call)
    this.#writers.failAll()
    this.#entries.closeAll()
    this.#outbox.closeAll()
    this.#arrivals.cancelAll()
    this.#line.close()
  }

  /** Until then the guest need not ring. */
  #serveLater(): void {
    setImmediate(() => this.serve())
  }

  /** A guest's mistake is the guest's: it hears of it, and nobody else does. */
  #obey(say: ToHost, bytes: Uint8Array | undefined): void {
    if (typeof say !== 'object' || say === null) return this.#line.close()
    try {
      if (!this.#writers.obey(say, bytes) && !this.#entries.obey(say)) this.#do(say, bytes)
    } catch (failure) {
      if ('call' in say) this.failed(say.call, failure)
      else if ('back' in say && say.back !== undefined) this.failed(say.back, failure)
      else if ('stream' in say) this.#line.send({ say: { is: 'broken', stream: say.stream, error: spoken(failure) } })
    }
  }

  #do(say: ToHost, bytes: Uint8Array | undefined): void {
    switch (say.do) {
      case 'place':
        return this.#place(say, bytes)
      case 'place-alike':
        return this.#placeAgain(say.call)
      case 'send':
        return this.#send(say, bytes)
      case 'upload':
        return this.#arrivals.arrive(say.call, bytes)
      case 'upload-end':
        return this.#arrivals.end(say.call)
      case 'upload-fail':
        return this.#arrivals.fail(say.call, say.error)
      case 'purge': {
        const affected = this.#host.purged(this.#host.purge(say.target, { soft: say.soft }))
        return this.#line.send({ say: { is: 'purged', call: say.call, affected } })
      }
      case 'foresee': {
        const foreseen = this.#host.foreseen(this.#host.foresee(say.request, { key: say.key }))
        const backOffMs = this.#surroundings.revalidations.backOffMs(foreseen.key)
        return this.#line.send({ say: { is: 'foreseen', call: say.call, foreseen: { ...foreseen, backOffMs } } })
      }
      case 'stats':
        return this.#line.send({ say: { is: 'stats', call: say.call, stats: this.#stats() } })
      case 'ping':
        return this.#line.send({ say: { is: 'pong', call: say.call } })
      case 'own-waits': {
        const own = { entries: this.#entries, writers: this.#writers, work: this.#work }
        return this.#line.send({ say: { is: 'own-waits', call: say.call, calls: ownWaits(this.#host, own) } })
      }
      case 'listen':
        return this.#relay.listen(this, say.thread, say.channels)
      case 'credit':
        return this.#outbox.credit(say.stream, say.bytes)
      case 'close':
        return this.#close(say.call)
      case 'leave':
        return this.#leave(say.call)
      case 'close-stream':
        return this.#outbox.close(say.stream)
      case 'end-revalidation':
        return this.#answers.endRevalidation(say.revalidation)
      default:
        throw new BadHandleError(0, `a guest cannot ask for ${say.do}`)
    }
  }

  #place({ call, order, streams }: ToHost & { do: 'place' }, bytes: Uint8Array | undefined): void {
    const { request, backend, key, override, madeBy } = order
    const options = { request, backend, key, override, body: undefined, hooks: NO_HOOKS }
    this.#lastOrder = { options, madeBy }
    const body = streams ? this.#arrivals.open(call) : bytes
    this.#run(call, body === undefined ? this.#lastOrder : { options: { ...options, body }, madeBy })
  }

  #placeAgain(call: number): void {
    if (this.#lastOrder === undefined) throw new BadHandleError(call, 'there was no order before it')
    this.#run(call, this.#lastOrder)
  }

  #run(call: number, { options, madeBy }: Order): void {
    this.#placed++
    const placed = { call, madeBy: this.#entries.openHandle(madeBy) }
    const first = (requester: Requester) => begin(this.#surroundings, options, requester)
    this.#start(call, new PlacedRequest(this.#surroundings.engine, this, placed, first))
  }

  #send(
    { call, request, asked, key, backend, entry, streams }: ToHost & { do: 'send' },
    bytes: Uint8Array | undefined,
  ): void {
    const host = this.#host
    const body = streams ? this.#arrivals.open(call) : bytes
    const send = host.send(request, {
      backend,
      body,
      asked,
      key,
      entry: entry === undefined ? undefined : this.#entries.handleOf(entry),
      onInterim: (head) => this.interim(call, head),
    })
    const flow = entry === undefined ? undefined : 'held'
    const { engine } = this.#surroundings
    this.#start(call, new Coroutine(engine, () => this.#sent(call, send, flow), `call ${call} of a guest`))
  }

  *#sent(call: number, send: Handle, flow: 'held' | undefined): Operation<void> {
    let state: 'sending' | 'received' = 'sending'
    try {
      yield* ready(send)
      state = 'received'
      this.#work.delete(call)
      this.#receive(call, send, flow)
    } catch (failure) {
      this.failed(call, failure)
    } finally {
      if (state === 'sending') this.#host.close(send)
    }
  }

  /** What a leader fetched is held: most likely it is to be stored, and never has to cross. */
  #receive(call: number, send: Handle, flow: 'held' | undefined): void {
    const { head, sentMs, ...received } = this.#host.receive(send)
    const { body, ...whole } = this.#outbox.pack(this.#host.takeBody(received.body))
    const said = body.kind === 'stream' ? { flow, ...body } : body
    this.#line.send({ say: { is: 'received', call, head, sentMs, body: said }, ...whole })
    if (flow !== 'held') this.#outbox.flow(body)
  }

  /** Work that tells itself what it comes to, so that nobody has to make a promise of it. */
  #start(call: number, work: Coroutine<unknown>): void {
    this.#work.set(call, work)
    this.#surroundings.engine.start(work)
  }

  #leave(call: number): void {
    const work = this.#work.get(call)
    if (!(work instanceof PlacedRequest)) return this.#close(call)
    this.#work.delete(call)
    work.leave()
    this.#arrivals.cancel(call)
  }

  #close(call: number): void {
    const pending = this.#work.get(call)
    this.#work.delete(call)
    pending?.cancel()
    this.#arrivals.cancel(call)
  }
}
