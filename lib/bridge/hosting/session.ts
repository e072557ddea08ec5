/** The host's side of one guest: carries out the guest's messages, answers them, and releases everything when the guest is gone. */

import type { Operation } from 'effection'
import { BadHandleError } from '../../base/errors.js'
import type { ChannelName } from '../../host/diagnostics.js'
import type { LocalHost } from '../../host/local-host.js'
import type { ResponseHead } from '../../http/message.js'
import type { Answer } from '../../pending/answer.js'
import { begin } from '../../pending/begin.js'
import { NO_HOOKS } from '../../pending/hooks.js'
import type { RequestOptions } from '../../pending/request-options.js'
import type { Requester, Surroundings } from '../../pending/surroundings.js'
import { type Handle, type Pending, ready } from '../../scheduler/index.js'
import { Coroutine } from '../../scheduler/internal.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { serializeError } from '../line/serialized-errors.js'
import { Answers } from './answers.js'
import { Arrivals } from './arrivals.js'
import { GuestEntries } from './guest-entries.js'
import { GuestWriters } from './guest-writers.js'
import { Outbox } from './outbox.js'
import type { SessionParts } from './parts.js'
import { PlacedRequest, type PlacedRequestListener } from './placed-request.js'
import type { Relay, Subscriber } from './relay.js'
import { selfWaits } from './self-waits.js'

/** How many diagnostics are sent to a guest that takes in no messages; later ones are dropped until it does. */
const MOST_UNHEARD = 10_000

/** How many messages are handled in a row, before sockets and other guests get their turn. */
const AT_A_TIME = 256

/** A whole request to run here, and the number of the guest's entry whose hook makes it. */
interface Order {
  readonly options: RequestOptions
  readonly madeBy: number | undefined
}

export class Session implements Subscriber, PlacedRequestListener {
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
  /** Requests and sends under way, by call number. */
  readonly #work = new Map<number, Pending<unknown>>()
  /** What `place-repeat` refers to. */
  #lastOrder: Order | undefined
  #placed = 0
  /** How many diagnostics were sent since the guest last showed that its thread is alive. */
  #toldUnheard = 0
  #signsOfLife = 0

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

  /** How many requests the guest has placed here, and how many of them have no answer yet. */
  get requests(): { readonly started: number; readonly pending: number } {
    const pending = [...this.#work.values()].filter((work) => work instanceof PlacedRequest).length
    return { started: this.#placed, pending }
  }

  /** Handles mail until there is none, and leaves the line at rest, so that the doorbell sounds again. Much mail takes several turns. */
  serve(): void {
    let left = AT_A_TIME
    do {
      for (let message = this.#line.receive(); message !== undefined; message = this.#line.receive()) {
        this.#obey(message.say, message.bytes)
        if (--left === 0) return this.#serveLater()
      }
    } while (!this.#line.rest())
  }

  /** Sends a diagnostics message. A guest that shows no sign of life for long gets no more of them, or they would pile up. */
  tell(channel: ChannelName, message: object): void {
    const { signsOfLife } = this.#line
    if (signsOfLife !== this.#signsOfLife) this.#toldUnheard = 0
    this.#signsOfLife = signsOfLife
    if (this.#toldUnheard++ >= MOST_UNHEARD) return
    const { error, ...rest } = message as { readonly error?: unknown }
    this.#line.send({
      say: { is: 'diagnostic', channel, message: rest, ...(error !== undefined && { error: serializeError(error) }) },
    })
  }

  /** Sends the answer, unless the guest has closed the call. */
  answered(call: number, answer: Answer): void {
    if (!this.#work.delete(call)) return
    try {
      this.#answers.say(call, answer)
    } catch (failure) {
      this.failed(call, failure)
    }
  }

  /** Sends the failure, and stops the upload of the request's body. */
  failed(call: number, failure: unknown): void {
    this.#work.delete(call)
    this.#arrivals.cancel(call)
    this.#line.send({ say: { is: 'failed', call, error: serializeError(failure) } })
  }

  leftCache(call: number): void {
    this.#line.send({ say: { is: 'left-cache', call } })
  }

  /** Sends a 1xx head, or drops it if the ring has no room: an origin may send any number of them to a guest that reads none. */
  interim(call: number, head: ResponseHead): void {
    this.#line.send({ say: { is: 'interim', call, head } }, 'drop')
  }

  untaken({ body }: Answer): void {
    if (body !== undefined) this.#host.close(body)
  }

  /** The guest is gone: releases everything it held, obligations among them. */
  end(): void {
    this.#relay.unsubscribe(this)
    for (const call of [...this.#work.keys()]) this.#close(call)
    this.#writers.failAll()
    this.#entries.closeAll()
    this.#outbox.closeAll()
    this.#arrivals.cancelAll()
    this.#line.close()
  }

  /** The line is not at rest meanwhile, so the guest need not sound the doorbell. */
  #serveLater(): void {
    setImmediate(() => this.serve())
  }

  /** Carries out one message. What it throws is the guest's mistake, and is reported to this guest alone, if to anybody. */
  #obey(say: ToHost, bytes: Uint8Array | undefined): void {
    if (typeof say !== 'object' || say === null) return this.#line.close()
    try {
      if (!this.#writers.obey(say, bytes) && !this.#entries.obey(say)) this.#do(say, bytes)
    } catch (failure) {
      if ('call' in say) this.failed(say.call, failure)
      else if ('back' in say && say.back !== undefined) this.failed(say.back, failure)
      else if ('stream' in say)
        this.#line.send({ say: { is: 'broken', stream: say.stream, error: serializeError(failure) } })
    }
  }

  #do(say: ToHost, bytes: Uint8Array | undefined): void {
    switch (say.do) {
      case 'place':
        return this.#place(say, bytes)
      case 'place-repeat':
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
        return this.#line.send({ say: { is: 'foreseen', call: say.call, foreseen } })
      }
      case 'stats':
        return this.#line.send({ say: { is: 'stats', call: say.call, stats: this.#stats() } })
      case 'ping':
        return this.#line.send({ say: { is: 'pong', call: say.call } })
      case 'self-waits': {
        const own = { entries: this.#entries, writers: this.#writers, work: this.#work }
        return this.#line.send({ say: { is: 'self-waits', call: say.call, calls: selfWaits(this.#host, own) } })
      }
      case 'subscribe':
        return this.#relay.subscribe(this, say.thread, say.channels)
      case 'credit':
        return this.#outbox.credit(say.stream, say.bytes)
      case 'taken':
        return this.#outbox.taken(say.stream, say.messages)
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

  /** Sends the answer of a send. The body of a leader's fetch is `held`: most likely the host will store it, and it never crosses. */
  #receive(call: number, send: Handle, flow: 'held' | undefined): void {
    const { head, sentMs, ...received } = this.#host.receive(send)
    const { body, ...whole } = this.#outbox.pack(this.#host.takeBody(received.body))
    const said = body.kind === 'stream' ? { flow, ...body } : body
    this.#line.send({ say: { is: 'received', call, head, sentMs, body: said }, ...whole })
    if (flow !== 'held') this.#outbox.flow(body)
  }

  /** Starts `work`, which reports its own end: the session needs no promise of it. */
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
