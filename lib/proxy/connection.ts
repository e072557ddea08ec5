/** A client's connection: what comes goes to the parser of `node:http`, unless it is answered in front of it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.js'
import { isWholeAtEnd } from '../client/writing/cut.js'
import { Boundary } from './boundary.js'
import type { Inquiry } from './inquiry.js'
import { Lane } from './lane.js'
import { seeOff } from './see-off.js'

/** What a connection asks of its server. */
export interface ServerSide {
  /** Answers a request that is these octets and nothing else, here and now; whether it could. */
  answer(connection: Connection, octets: Buffer): boolean
  /** These octets, and nothing else, ask this. Their connection can be kept. */
  learn(octets: Buffer, inquiry: Inquiry): void
  /** Gives what comes on `connection` from now on to the parser. */
  parse(connection: Connection): void
  /** More octets than `maxHeadBytes` have come, and are no request yet. */
  overflow(connection: Connection): void
  readonly maxHeadBytes: number
}

export interface ConnectionTimeouts {
  /** Milliseconds, 0 for none: until something comes, between two requests, and for a client to take some of what waits for it. */
  readonly head: number
  readonly keepAlive: number
  readonly send: number
}

/**
 * | stage | who looks at what comes | next |
 * |---|---|---|
 * | fresh | those in front; the parser has not heard of it | served, parsed, left |
 * | served | the same; some answers were given already | parsed, left |
 * | parsed | the parser, and those in front between two requests | left |
 * | left | nobody | - |
 */
type Stage = 'fresh' | 'served' | 'parsed' | 'left'

/** What the socket's timer is for: to end a connection that nothing comes on, or one whose client takes nothing. */
type Watch = 'idle' | 'stalled'

export class Connection extends Lane {
  /**
   * It ends with the answer under way, though its parser may have read on already: `last`, because it cannot be kept;
   * `condemned`, because it was refused.
   */
  fate: 'open' | 'last' | 'condemned' = 'open'
  readonly #server: ServerSide
  readonly #timeouts: ConnectionTimeouts
  readonly #clock: Clock
  readonly #boundary = new Boundary()
  #stage: Stage = 'fresh'
  #watch: Watch = 'idle'
  #end: 'open' | 'due' = 'open'
  /** Answers that have not ended, in the order of their requests, and what is to be done when it is their turn. */
  readonly #underWay = new Map<ServerResponse, (() => void) | undefined>()
  /** Octets sent that are of no answer yet. */
  #sentBefore = 0
  /** What was read of the last piece, whose body goes on behind it, and how many octets came since that make no request. */
  #read: IncomingMessage | undefined
  #within: IncomingMessage | undefined
  #unread = 0
  /** What the request under way began with, and what it asks. */
  #octets: Buffer | undefined
  #inquiry: Inquiry | undefined

  constructor(socket: Socket, server: ServerSide, timeouts: ConnectionTimeouts, clock: Clock) {
    super(socket)
    this.#server = server
    this.#timeouts = timeouts
    this.#clock = clock
    this.once('close', () => process.nextTick(() => this.#endAnswers()))
    socket
      .on('data', (octets) => this.#received(octets))
      .on('end', () => this.#stage !== 'parsed' && socket.end())
      .on('timeout', () => this.#timedOut())
      .setTimeout(timeouts.head)
  }

  /** Nothing has come that is not answered, as far as can be told from here. */
  get isIdle(): boolean {
    return this.#boundary.isBetween
  }

  /** Of the request that was read, where that can be told from here; else 0. */
  get headOctets(): number {
    return this.#boundary.headOctets
  }

  /** The answer to the last request read, while it is under way. */
  get last(): ServerResponse | undefined {
    return [...this.#underWay.keys()].at(-1)
  }

  /** The answer under way is the last one here, and says so, unless its head has gone: nothing behind it is read any more. */
  sayLast(): void {
    const { last } = this
    if (last === undefined || last.headersSent || this.fate !== 'open') return
    this.fate = 'last'
    last.shouldKeepAlive = false
  }

  /** The parser has read a request. `ended` is called once, when its answer has ended, whole or not. */
  begun(response: ServerResponse, ended: () => void): void {
    this.#underWay.set(response, undefined)
    this.#read = response.req
    response.once('close', () => {
      this.#underWay.delete(response)
      if (response.shouldKeepAlive && this.writable) this.#kept()
      ended()
      if (this.#underWay.size > 0 && this.writable) this.#nextTurn()
    })
  }

  /**
   * Calls `now` when all answers before `response` have ended, here and now if there is none: a head written earlier
   * would come among theirs.
   */
  inTurn(response: ServerResponse, now: () => void): void {
    const [first] = this.#underWay.keys()
    if (first === response) now()
    else if (this.#underWay.has(response)) this.#underWay.set(response, now)
  }

  /** This is what the request that was read asks. */
  taken(inquiry: Inquiry): void {
    const { bodyBytes } = inquiry
    this.#boundary.taken(bodyBytes === 'chunked' ? undefined : bodyBytes)
    this.#inquiry = inquiry.recallKey !== undefined && this.#boundary.isHeadAlone ? inquiry : undefined
  }

  /** An answer has left: how many octets it had, those of its interim heads included. */
  takeSent(): number {
    const { bytesWritten } = this.socket
    const sent = bytesWritten - this.#sentBefore
    this.#sentBefore = bytesWritten
    return sent
  }

  /** 0, for `node:http`, while an answer is under way. */
  override setTimeout(ms: number): this {
    this.#watch = ms === 0 ? 'stalled' : 'idle'
    return super.setTimeout(ms === 0 ? this.#timeouts.send : ms)
  }

  /** Sends what has been written, and no more. */
  endSoon(): void {
    if (this.#end === 'due') return
    this.#end = 'due'
    this.socket.destroySoon()
  }

  /** Ends it here and now, whatever is under way. */
  cutOff(): void {
    if ([...this.#underWay.keys()].some(isWholeAtEnd)) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  /** What a client has not read yet is all of whole answers, or why it was refused: it may still have them. */
  protected override abandon(): void {
    this.#stage = 'left'
    if (this.isIdle) this.endSoon()
    else if (this.fate !== 'open' && this.writableFinished) seeOff(this.socket, this.#clock)
    else super.abandon()
  }

  #nextTurn(): void {
    const [next] = this.#underWay.values()
    next?.()
  }

  #received(octets: Buffer): void {
    if (this.#stage === 'left') return
    if (this.#answersInFront(octets)) return
    if (this.#stage !== 'parsed') this.#toParser()
    if (this.#boundary.isBetween) this.#octets = octets
    this.#boundary.passed(octets)
    this.feed(octets)
  }

  /** Nobody overtakes: a client that has yet to read an answer is not given another. */
  #answersInFront(octets: Buffer): boolean {
    if (!this.#boundary.isBetween || this.socket.writableLength > 0 || !this.#server.answer(this, octets)) return false
    if (this.#stage === 'fresh') {
      this.#stage = 'served'
      this.socket.setTimeout(this.#timeouts.keepAlive)
    }
    return true
  }

  /** Node has told one answer that its connection has gone: the first. Those that waited for their turn behind it hear it here. */
  #endAnswers(): void {
    for (const response of this.#underWay.keys()) response.destroy().emit('close')
  }

  /** An answer has ended, and the connection has not: only now is it known that it could be kept. */
  #kept(): void {
    this.#boundary.answered()
    if (this.isIdle && this.#octets !== undefined && this.#inquiry !== undefined)
      this.#server.learn(this.#octets, this.#inquiry)
    this.#octets = undefined
    this.#inquiry = undefined
  }

  /** From here on the parser sees to the time. */
  #toParser(): void {
    this.#stage = 'parsed'
    this.setTimeout(0)
    this.#server.parse(this)
    // Behind the parser's own listener: it has had them.
    this.on('data', (octets: Buffer) => this.#parsed(octets))
  }

  /**
   * Node counts names and values of a head alone, and no spaces or empty lines around them. What comes in one piece with the
   * end of a request may be of that.
   */
  #parsed(octets: Buffer): void {
    const isOfRequest = this.#within !== undefined || this.#read !== undefined
    this.#unread = isOfRequest ? 0 : this.#unread + octets.byteLength
    this.#within = [this.#read, this.#within].find((request) => request?.complete === false)
    this.#read = undefined
    if (this.fate === 'open' && this.#unread > this.#server.maxHeadBytes) this.#server.overflow(this)
  }

  /**
   * Nothing came and nothing left for so long. A client that is slow to read has no idle connection; one that reads nothing
   * would keep what waits for it, and whatever that comes from, for ever. Node tells only where none of it was taken.
   */
  #timedOut(): void {
    if (this.socket.writableLength > 0) {
      if (this.#watch === 'stalled') this.cutOff()
      else this.setTimeout(0)
    } else if (this.isIdle) this.socket.destroy()
    else if (this.#watch === 'idle') this.emit('timeout')
  }
}
