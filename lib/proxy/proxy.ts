/** The server in front of a cache: its connections, and how it begins and ends. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type CloseOptions, readDrainMs } from '../base/drain.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import { Cache } from '../client/cache.js'
import type { Explanation } from '../pending/explain.js'
import type { Pending } from '../scheduler/index.js'
import { type RequestLine, requestLine, UNREAD } from './access-log.js'
import { type AskedFor, askedFor, checkedOrder, type PurgeOrder } from './admin-orders.js'
import { Connection, type ConnectionTimeouts, type ServerSide } from './connection.js'
import { type Arrival, Exchange, type ExchangeParts } from './exchange.js'
import { InFront } from './in-front.js'
import { asIfSent, asksForUpgrade } from './incoming.js'
import { Inquiries, optionsOf } from './inquiry.js'
import { type ListenAddress, type ListenOptions, listening, whereToListen } from './listen.js'
import { type ProxyOptions, readSettings, type Settings } from './options.js'
import { CUT_SHORT, HEAD_TOO_LARGE, type Refusal, refuse, unreadable } from './refusal.js'
import { seeOff } from './see-off.js'
import { strictServer, timeoutsOf } from './strict-server.js'
import { refuseUnheard, refuseUnread } from './unread.js'

/** What a proxy counts. */
export interface ProxyStats {
  /** Open now. */
  readonly connections: number
  /** Requests taken, and those whose answer has not ended. */
  readonly requests: { readonly started: number; readonly active: number }
  /** Connections that were refused: there were too many, or what came was no request. Not those whose client left in the middle of one. */
  readonly refusedConnections: number
}

/** How many are told at a time that there are too many. */
const MOST_TURNED_AWAY = 1000

/**
 * A caching reverse proxy over `cache`, which stays the caller's to close.
 *
 * @throws InvalidArgumentError
 * @example
 * const cache = openCache()
 * const proxy = createProxy(cache, { origin: 'http://localhost:8080' })
 * console.log(await proxy.listen({ port: 0 })) // 0 is any free port
 * await proxy.close()
 * await cache.close()
 */
export function createProxy(cache: Cache<unknown>, options: ProxyOptions): ProxyServer {
  if (!(cache instanceof Cache)) throw new InvalidArgumentError('a proxy stands in front of a cache')
  return ProxyServer.over(cache, readSettings(options))
}

/**
 * A proxy, as `createProxy` gives it. Disposable: `await using` closes it, and leaves its cache open.
 *
 * @example
 * const proxy = createProxy(cache, { origin: 'http://localhost:8080' })
 * const { url } = await proxy.listen()
 * console.log(await (await fetch(`${url}/story`)).text(), proxy.stats())
 * await proxy.close({ drainMs: 1_000 })
 */
export class ProxyServer implements AsyncDisposable {
  readonly #shared: ExchangeParts
  readonly #settings: Settings
  readonly #server: Server
  readonly #front: InFront
  readonly #timeouts: ConnectionTimeouts
  readonly #connections = new Set<Connection>()
  /** Connections there was no room for, until they have ended. */
  readonly #turnedAway = new Set<Socket>()
  #state: 'open' | 'last call' | 'draining' = 'open'
  #started = 0
  #active = 0
  #refused = 0
  #closed: Promise<void> | undefined

  /** Made by `createProxy` alone. */
  private constructor(cache: Cache<unknown>, settings: Settings) {
    this.#shared = { cache, settings, inquiries: new Inquiries(cache, settings) }
    this.#settings = settings
    this.#front = new InFront(cache, settings)
    this.#server = strictServer(settings)
    this.#timeouts = timeoutsOf(this.#server, settings)
    // A connection may be any stream, so the parser can be given one that is fed by hand, and when there is something for it.
    const parse = this.#server.listeners('connection') as ((stream: Duplex) => void)[]
    const serverSide: ServerSide = {
      answer: (connection, octets) => this.#answer(connection, octets),
      learn: (octets, inquiry) => this.#front.learn(octets, inquiry),
      parse: (connection) => {
        for (const listener of parse) listener.call(this.#server, connection)
      },
      overflow: (connection) => this.#refuse(connection, HEAD_TOO_LARGE),
      maxHeadBytes: settings.maxHeadBytes,
    }
    this.#server
      .removeAllListeners('connection')
      .on('connection', (socket) => this.#admit(socket, serverSide))
      .on('request', (request, response) => this.#serve(request, response, 'nothing'))
      .on('checkContinue', (request, response) => this.#serve(request, response, 'continue'))
      .on('checkExpectation', (request, response) => this.#serve(request, response, 'unknown'))
      .on('connect', (request) => this.#refuse(connectionOf(request.socket), CONNECT_REFUSED, requestLine(request)))
      .on('clientError', (error, socket) => this.#refuse(connectionOf(socket), unreadable(error)))
  }

  /** @internal */
  static over(cache: Cache<unknown>, settings: Settings): ProxyServer {
    return new ProxyServer(cache, settings)
  }

  /** Starts listening; where, is the answer. @throws InvalidArgumentError, ClosedError; what listening failed with */
  listen(options: ListenOptions = {}): Promise<ListenAddress> {
    const where = whereToListen(options)
    if (this.#state !== 'open') throw new ClosedError('the proxy')
    return listening(this.#server, where, 'the proxy')
  }

  /** As they are now. */
  stats(): ProxyStats {
    return {
      connections: this.#connections.size,
      requests: { started: this.#started, active: this.#active },
      refusedConnections: this.#refused,
    }
  }

  /**
   * What would become of a client's request now, and by which rule, step by step; nothing is sent.
   *
   * @throws InvalidArgumentError for one that would be refused; ClosedError
   */
  explain(asked: AskedFor): Pending<Explanation> {
    const sent = asIfSent(askedFor(asked), this.#settings)
    return this.#shared.cache.foretell(optionsOf(sent, this.#settings))
  }

  /**
   * As `Cache.purge`, with a URL as clients ask for it.
   *
   * @throws InvalidArgumentError, ClosedError
   */
  purge(order: PurgeOrder): Pending<number> {
    const { target, soft } = checkedOrder(order)
    const isUrl = 'url' in target && typeof target.url === 'string'
    const meant = isUrl ? { ...target, url: asIfSent({ url: target.url }, this.#settings).head.url } : target
    return this.#shared.cache.purge(meant, { soft })
  }

  /**
   * Takes no new connections, lets requests under way finish, for `drainMs` at most, and ends what is left; idle connections have
   * the blink of an eye in which to ask once more. Harmless when repeated.
   *
   * @throws InvalidArgumentError
   */
  close(options: CloseOptions = {}): Promise<void> {
    const drainMs = readDrainMs(options)
    this.#closed ??= this.#close(drainMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(drainMs: number): Promise<void> {
    this.#state = 'last call'
    // Not by its own `close`, which ends idle connections.
    const ended = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()))
    for (const connection of this.#connections) connection.sayLast()
    for (const socket of this.#turnedAway) socket.destroySoon()
    const { clock, networkClock } = this.#settings
    const stopTimer = clock.setTimer(drainMs, () => {
      for (const socket of this.#turnedAway) socket.destroy()
      for (const connection of this.#connections) connection.cutOff()
    })
    const stopCall = networkClock.setTimer(Math.min(LAST_CALL_MS, drainMs), () => {
      this.#state = 'draining'
      this.#endIdle()
    })
    await ended
    // The server counts a socket no more before that says that it has closed.
    await Promise.all(
      [...this.#connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))),
    )
    stopCall()
    stopTimer()
    // Its own `close` now: until then the server looks for clients that take too long, and what looks keeps it for good.
    this.#server.close()
  }

  #admit(socket: Socket, serverSide: ServerSide): void {
    if (this.#connections.size >= this.#settings.maxConnections) return this.#turnAway(socket)
    const connection = new Connection(socket, serverSide, this.#timeouts, this.#settings.clock)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }

  /** Where even those turned away are too many, a connection ends without a word. */
  #turnAway(socket: Socket): void {
    this.#refused += 1
    seeOff(socket, this.#settings.clock)
    if (this.#turnedAway.size >= MOST_TURNED_AWAY) return void socket.destroy()
    this.#turnedAway.add(socket)
    socket.once('close', () => this.#turnedAway.delete(socket))
    refuseUnheard(socket, TOO_MANY, this.#settings)
  }

  /** A connection has to hear that an answer is its last, which those in front do not say. */
  #answer(connection: Connection, octets: Buffer): boolean {
    if (this.#state !== 'open' || !this.#front.answer(connection, octets)) return false
    this.#started += 1
    return true
  }

  #serve(request: IncomingMessage, response: ServerResponse, expects: Arrival['expects']): void {
    const connection = connectionOf(request.socket)
    if (connection.fate !== 'open') return
    if (this.#state !== 'open' || asksForUpgrade(request)) connection.fate = 'last'
    this.#started += 1
    this.#active += 1
    if (connection.fate === 'last') response.shouldKeepAlive = false
    connection.begun(response, () => this.#ended())
    new Exchange(this.#shared, { connection, request, response, expects }).run()
  }

  #ended(): void {
    this.#active -= 1
    if (this.#state === 'draining') setImmediate(() => this.#endIdle())
  }

  /** Node knows the idle ones among those that its parser has heard of. */
  #endIdle(): void {
    this.#server.closeIdleConnections()
    for (const connection of this.#connections) if (connection.isIdle) connection.endSoon()
  }

  /** A request whose own body cannot be read is what is refused. After a whole one, its answer is the last. */
  #refuse(connection: Connection, refusal: Refusal, line: RequestLine = UNREAD): void {
    if (connection.fate === 'condemned') return
    if (!connection.writable) return void connection.destroy()
    if (refusal !== CUT_SHORT) this.#refused += 1
    const { last } = connection
    connection.fate = 'condemned'
    if (last === undefined) return refuseUnread(connection, refusal, line, this.#settings)
    if (!last.req.complete) refuse(last, refusal)
    else if (last.headersSent) last.once('finish', () => connection.destroy())
    else last.shouldKeepAlive = false
  }
}

/** The server has no other streams than ours. */
function connectionOf(stream: Duplex): Connection {
  return stream as Connection
}

/**
 * Milliseconds for what was on its way here when the end began: it is answered, and told that it was the last. Its connection was
 * idle from here, and a reset of it is nothing that clients forgive.
 */
const LAST_CALL_MS = 50

const TOO_MANY: Refusal = { status: 503, why: 'too many connections', connection: 'close' }
const CONNECT_REFUSED: Refusal = { status: 501, why: 'CONNECT is not for a gateway', connection: 'close' }
