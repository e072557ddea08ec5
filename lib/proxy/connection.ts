/** A client's connection: gives the octets that come to the parser of `node:http`, unless the fast path answers them. */

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.js'
import type { Undo } from '../base/undo.js'
import { isWholeAtEnd } from '../client/writing/cut.js'
import { Boundary } from './boundary.js'
import { FedSocket } from './fed-socket.js'
import type { Inquiry } from './inquiry.js'
import { lingeringClose } from './lingering-close.js'
import { Pipeline } from './pipeline.js'
import { StrayOctets } from './stray-octets.js'

/** What a connection calls on its server. */
export interface ServerSide {
  /** Answers on the fast path at once, if `octets` are exactly one request whose answer is remembered. Returns whether it did. */
  answer(connection: Connection, octets: Buffer): boolean
  /** The parser has read `octets` as exactly one request, which asks `inquiry`, and whose connection can be kept. */
  learn(octets: Buffer, inquiry: Inquiry): void
  /** Has the parser read `connection` from now on. */
  parse(connection: Connection): void
  /** More octets than `maxHeadBytes` have come without making a request. */
  overflow(connection: Connection): void
  readonly maxHeadBytes: number
}

/** In milliseconds; 0 is none. */
export interface ConnectionTimeouts {
  /** Until the first octet comes. */
  readonly head: number
  /** Between two requests. */
  readonly keepAlive: number
  /** For which a client may take nothing of what waits to be sent. */
  readonly send: number
  /** Until a request has come whole; enforced here only where Node has ceased to (`unlessRead`). */
  readonly request: number
}

/**
 * | stage | what sees the octets that come | next |
 * |---|---|---|
 * | fresh | the fast path; the parser does not know the connection | answered, parsed, left |
 * | answered | as `fresh`, and the fast path has answered before | parsed, left |
 * | parsed | the parser; between two requests the fast path first | left |
 * | left | nothing | - |
 */
type Stage = 'fresh' | 'answered' | 'parsed' | 'left'

/** What the socket's timer watches for: that no octet comes, or that the client takes none. */
type Watch = 'idle' | 'stalled'

export class Connection extends FedSocket {
  /**
   * `last`: the connection cannot be kept, and ends with the answer under way, or with the one that has just ended. `refused`: it ends
   * with a refusal, or with the answer before what was refused. The parser may have read further requests by then; they are ignored.
   */
  fate: 'open' | 'last' | 'refused' = 'open'
  /** The answer that gave way to a refusal, because the rest of its request could not be read. */
  refusedAnswer: ServerResponse | undefined
  readonly #server: ServerSide
  readonly #timeouts: ConnectionTimeouts
  readonly #clock: Clock
  readonly #boundary = new Boundary()
  #stage: Stage = 'fresh'
  #watch: Watch = 'idle'
  /** Of the time for the body of the request under way, where Node has ceased to limit that. */
  #stopLimit: Undo | undefined
  /** Until what the socket holds has been read, and it is certain that the timer has run out. */
  #timeout: NodeJS.Immediate | undefined
  #end: 'open' | 'due' = 'open'
  readonly #pipeline = new Pipeline()
  /** How many sent octets `takeSent` has counted already. */
  #counted = 0
  readonly #stray = new StrayOctets()
  /** How many requests the parser has read. */
  #requests = 0
  /** The piece of input that began the request under way, and what that request asks if it was all of the piece. */
  #octets: Buffer | undefined
  #inquiry: Inquiry | undefined

  constructor(socket: Socket, server: ServerSide, timeouts: ConnectionTimeouts, clock: Clock) {
    super(socket)
    this.#server = server
    this.#timeouts = timeouts
    this.#clock = clock
    this.once('close', () => {
      this.#stopLimit?.()
      process.nextTick(() => this.#endAnswers())
    })
    socket
      .on('data', (octets) => this.#received(octets))
      .on('end', () => this.#inputEnded())
      .on('timeout', () => this.#runOut())
      .setTimeout(timeouts.head)
  }

  /** Whether it is certain that everything that has come was answered. */
  get isIdle(): boolean {
    return this.#boundary.isBetween
  }

  /** The length of the head of the request under way; 0 if its boundaries are unclear. */
  get headOctets(): number {
    return this.#boundary.headOctets
  }

  /** The answer to the last request read, while it is under way. */
  get last(): ServerResponse | undefined {
    return this.#pipeline.answers.at(-1)
  }

  /**
   * Makes the answer to the last request read the connection's last, and has it say so; later requests are ignored. Does nothing if
   * there is none, or if its head was sent.
   */
  announceClose(): void {
    const { last } = this
    if (last === undefined || last.headersSent || this.fate !== 'open') return
    this.fate = 'last'
    last.shouldKeepAlive = false
  }

  /** The parser has read a request. Calls `ended` once, when the answer has ended, complete or not. */
  begun(response: ServerResponse, ended: () => void): void {
    this.#requests += 1
    this.#pipeline.add(response)
    this.#stray.read(response.req)
    response.once('close', () => {
      const wasFull = this.#pipeline.isFull
      this.#pipeline.ended(response)
      if (response.shouldKeepAlive && this.writable) this.#kept()
      // The client has asked for the end of the connection, and may still send the body of this request.
      else if (!response.req.complete && this.fate === 'open') this.fate = 'last'
      ended()
      if (!this.writable) return
      this.#pipeline.beginNext()
      if (wasFull && !this.#pipeline.isFull) this.socket.resume()
    })
  }

  /** Calls `begin` once the request that is answered by `response` may be carried out: see `Pipeline`. */
  whenAllowed(response: ServerResponse, { isSafe }: Inquiry, begin: () => void): void {
    this.#pipeline.whenAllowed(response, isSafe, begin)
  }

  /**
   * A request takes too long to come. Calls `late`, unless its rest is in the socket: as with `#runOut`, that is read first. A client
   * that is held up cannot send the rest, so it gets more time.
   */
  unlessRead(late: () => void): void {
    const requests = this.#requests
    const half = this.last?.req.complete === false ? this.last.req : undefined
    const isRead = () => (half === undefined ? this.#requests > requests : half.complete)
    if (this.#pipeline.isFull) return this.#limit(() => isRead() || this.unlessRead(late))
    setImmediate(() => {
      if (isRead()) this.#unlessWhole(late)
      else late()
    })
  }

  /** The body of the request that was read so late may have yet to come. */
  #unlessWhole(late: () => void): void {
    const { last } = this
    if (last?.req.complete === false) this.#limit(() => last.req.complete || late())
  }

  /** Calls `over` when the time for a request is over. Node has reported that of this one, and does not do so again. */
  #limit(over: () => void): void {
    if (this.#timeouts.request === 0) return
    this.#stopLimit?.()
    this.#stopLimit = this.#clock.setTimer(this.#timeouts.request, over)
  }

  /** The request that the parser has read asks `inquiry`. */
  taken(inquiry: Inquiry): void {
    const { bodyBytes } = inquiry
    this.#boundary.taken(bodyBytes === 'chunked' ? undefined : bodyBytes)
    this.#inquiry = inquiry.recallKey !== undefined && this.#boundary.isHeadAlone ? inquiry : undefined
  }

  /** How many octets were sent since the last call. Called when an answer was sent, it gives its length with interim heads. */
  takeSent(): number {
    const { bytesWritten } = this.socket
    const sent = bytesWritten - this.#counted
    this.#counted = bytesWritten
    return sent
  }

  /** `node:http` sets 0 while an answer is under way; the timer then watches whether the client takes anything. */
  override setTimeout(ms: number): this {
    clearImmediate(this.#timeout)
    this.#watch = ms === 0 ? 'stalled' : 'idle'
    return super.setTimeout(ms === 0 ? this.#timeouts.send : ms)
  }

  /** Ends the connection after what was written so far. */
  endSoon(): void {
    if (this.#end === 'due') return
    this.#end = 'due'
    this.socket.destroySoon()
  }

  /** Ends the connection at once. Resets it if a client of HTTP/1.0 would take its end for the end of a body. */
  cutOff(): void {
    if (this.#pipeline.answers.some(isWholeAtEnd)) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  /**
   * Ends the socket: if all requests were answered, once the answers were sent; after a refusal or a last answer by a lingering close;
   * else at once.
   */
  protected override abandon(): void {
    this.#stage = 'left'
    if (this.isIdle) this.endSoon()
    else if (this.fate !== 'open' && this.writableFinished) lingeringClose(this.socket, this.#clock)
    else super.abandon()
  }

  #received(octets: Buffer): void {
    if (this.#stage === 'left') return
    if (this.#answersOnFastPath(octets)) return
    if (this.#stage !== 'parsed') this.#toParser()
    if (this.#boundary.isBetween) this.#octets = octets
    this.#boundary.passed(octets)
    this.feed(octets)
    if (this.#pipeline.isFull) this.socket.pause()
  }

  override _read(): void {
    if (!this.#pipeline.isFull) super._read()
  }

  /**
   * The client has closed its side. `node:http` then ends the connection, in the middle of an answer as well: that must not be taken
   * for the end of a body.
   */
  #inputEnded(): void {
    if (this.#stage !== 'parsed') this.socket.end()
    else if (this.#pipeline.answers.some((answer) => isWholeAtEnd(answer) && !answer.writableEnded)) this.cutOff()
  }

  /** Answers on the fast path if it can, between two requests only, and once earlier answers were sent: none may overtake another. */
  #answersOnFastPath(octets: Buffer): boolean {
    if (!this.#boundary.isBetween || this.socket.writableLength > 0 || !this.#server.answer(this, octets)) return false
    if (this.#stage === 'fresh') {
      this.#stage = 'answered'
      this.socket.setTimeout(this.#timeouts.keepAlive)
    }
    return true
  }

  /** Node emits `close` for the first answer under way only. The answers that wait behind it in a pipeline get theirs here. */
  #endAnswers(): void {
    for (const response of this.#pipeline.answers) response.destroy().emit('close')
  }

  /** An answer has ended and the connection is still open, so it could be kept. Only now may the fast path learn the request. */
  #kept(): void {
    this.#boundary.answered()
    if (this.isIdle && this.#octets !== undefined && this.#inquiry !== undefined)
      this.#server.learn(this.#octets, this.#inquiry)
    this.#octets = undefined
    this.#inquiry = undefined
  }

  /** Gives the connection to the parser, which from now on enforces the time limits on what comes. */
  #toParser(): void {
    this.#stage = 'parsed'
    this.setTimeout(0)
    this.#server.parse(this)
    // This listener runs after the parser's own, which has read the octets by then.
    this.on('data', (octets: Buffer) => this.#parsed(octets))
  }

  /** Limits the octets that come without making a request, as a head that never ends does. */
  #parsed(octets: Buffer): void {
    const stray = this.#stray.passed(octets)
    if (this.fate === 'open' && stray > this.#server.maxHeadBytes) this.#server.overflow(this)
  }

  /**
   * An event loop that was busy runs its timers before it reads. The client's next request may be in the socket by then, and must be
   * answered, not reset.
   */
  #runOut(): void {
    const { bytesRead } = this.socket
    this.#timeout = setImmediate(() => {
      if (this.socket.bytesRead === bytesRead) this.#timedOut()
    })
  }

  /**
   * No octet came or was sent for the time set. If octets wait to be sent, the connection is not idle: the client may be slow. But a
   * client that takes nothing for the length of the send timeout is cut off, or it would hold the answer and its source for ever.
   * If it is unclear whether the connection is between two requests, `node:http` decides what to do.
   */
  #timedOut(): void {
    if (this.socket.writableLength > 0) {
      if (this.#watch === 'stalled') this.cutOff()
      else this.setTimeout(0)
    } else if (this.isIdle) this.socket.destroy()
    else if (this.#watch === 'idle') this.emit('timeout')
  }
}
