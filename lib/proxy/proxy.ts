/** The proxy server: admits connections, gives their requests to exchanges or the fast path, and closes gracefully. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { type CloseOptions, readDrainMs } from '../base/drain.js'
import { ClosedError, InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import { Cache } from '../client/cache.js'
import type { Explanation } from '../pending/explain.js'
import type { Pending } from '../scheduler/index.js'
import { type RequestLine, requestLine, UNREAD } from './access-log.js'
import { type AskedFor, askedFor, checkedOrder, type PurgeOrder } from './admin-orders.js'
import { Connection, type ConnectionTimeouts, type ServerSide } from './connection.js'
import { type Arrival, Exchange, type ExchangeParts } from './exchange.js'
import { FastPath } from './fast-path.js'
import { asIfSent, asksForUpgrade } from './incoming.js'
import { Inquiries, optionsOf } from './inquiry.js'
import { lingeringClose } from './lingering-close.js'
import { type ListenAddress, type ListenOptions, listening, whereToListen } from './listen.js'
import { type ProxyOptions, readSettings, type Settings } from './options.js'
import { CUT_SHORT, HEAD_TOO_LARGE, type Refusal, refuse, TOO_SLOW } from './refusal.js'
import { refuseSocket, refuseUnparsed } from './refused-connections.js'
import { strictServer, timeoutsOf } from './strict-server.js'
import { type Unreadable, unreadable } from './unreadable.js'

/** What a proxy counts. */
export interface ProxyStats {
  /** How many connections are open now. */
  readonly connections: number
  /** How many requests were taken, and how many of them have an answer that has not ended. */
  readonly requests: { readonly started: number; readonly active: number }
  /**
   * How many connections were refused, because there were too many or because what came was no valid request. Clients that left in
   * the middle of a request do not count.
   */
  readonly refusedConnections: number
}

/** How many connections beyond the limit get a 503 at a time; further ones are closed without an answer. */
const MOST_TURNED_AWAY = 1000

/**
 * Creates a caching reverse proxy over `cache`. The caller closes the cache; the proxy does not.
 *
 * @throws InvalidArgumentError, also for a backend that the cache does not have
 * @example
 * const cache = openCache()
 * const proxy = createProxy(cache, { origin: 'http://localhost:8080' })
 * console.log(await proxy.listen({ port: 0 })) // 0 is any free port
 * await proxy.close()
 * await cache.close()
 */
export function createProxy(cache: Cache<unknown>, options: ProxyOptions): ProxyServer {
  if (!(cache instanceof Cache)) throw new InvalidArgumentError('a proxy stands in front of a cache')
  const settings = readSettings(options)
  const { backend } = settings
  if (backend !== undefined && !cache.requests.hasBackend(backend))
    throw new InvalidArgumentError(`backend: the cache has none named ${printed(backend)}`)
  return ProxyServer.over(cache, settings)
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
  readonly #fastPath: FastPath
  readonly #timeouts: ConnectionTimeouts
  readonly #connections = new Set<Connection>()
  /** Connections beyond the limit that are being refused. */
  readonly #turnedAway = new Set<Socket>()
  #state: 'open' | 'grace' | 'draining' = 'open'
  #admitted = 0
  #started = 0
  #active = 0
  #refused = 0
  #closed: Promise<void> | undefined

  /** Called by `createProxy` only. */
  private constructor(cache: Cache<unknown>, settings: Settings) {
    this.#shared = { cache, settings, inquiries: new Inquiries(cache, settings) }
    this.#settings = settings
    this.#fastPath = new FastPath(cache, settings)
    this.#server = strictServer(settings)
    this.#timeouts = timeoutsOf(this.#server, settings)
    // Node's parser accepts any stream as a connection. So each socket is wrapped, and its wrapper given to the parser when needed.
    const parse = this.#server.listeners('connection') as ((stream: Duplex) => void)[]
    const serverSide: ServerSide = {
      answer: (connection, octets) => this.#answer(connection, octets),
      learn: (octets, inquiry) => this.#fastPath.learn(octets, inquiry),
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
      .on('clientError', (error, socket) => this.#unread(connectionOf(socket), unreadable(error)))
  }

  /** @internal */
  static over(cache: Cache<unknown>, settings: Settings): ProxyServer {
    return new ProxyServer(cache, settings)
  }

  /** Starts listening, and resolves with the address. @throws InvalidArgumentError, ClosedError; the failure of listening */
  listen(options: ListenOptions = {}): Promise<ListenAddress> {
    const where = whereToListen(options)
    if (this.#state !== 'open') throw new ClosedError('the proxy')
    return listening(this.#server, where, 'the proxy')
  }

  /** The current figures. */
  stats(): ProxyStats {
    return {
      connections: this.#connections.size,
      requests: { started: this.#started, active: this.#active },
      refusedConnections: this.#refused,
    }
  }

  /**
   * Explains step by step, with the rule of each step, what would become of a client's request now. Sends nothing.
   *
   * @throws InvalidArgumentError for a request that would be refused; ClosedError
   */
  explain(asked: AskedFor): Pending<Explanation> {
    const sent = asIfSent(askedFor(asked), this.#settings)
    return this.#shared.cache.explainChecked(optionsOf(sent, this.#settings))
  }

  /**
   * As `Cache.purge`, but a URL is one that clients of the proxy ask for.
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
   * Takes no new connections, lets requests under way finish for `drainMs` at most, and ends what is left then. Idle connections
   * stay open for a short grace period, for a request that is already on its way; so do those that clients had made before, but the
   * thread had not come to. Harmless when repeated.
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
    this.#state = 'grace'
    for (const connection of this.#connections) connection.announceClose()
    for (const socket of this.#turnedAway) socket.destroySoon()
    const { clock, networkClock } = this.#settings
    const stopTimer = clock.setTimer(drainMs, () => {
      for (const socket of this.#turnedAway) socket.destroy()
      for (const connection of this.#connections) connection.cutOff()
    })
    const stopGrace = networkClock.setTimer(Math.min(GRACE_MS, drainMs), () => {
      this.#state = 'draining'
      this.#endIdle()
    })
    if (this.#server.listening && drainMs > 0) await this.#takeBacklog()
    // `close` of the HTTP server would end idle connections at once, so the one of its base class is called.
    await new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()))
    // The server stops counting a socket before the socket has emitted `close`.
    await Promise.all(
      [...this.#connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))),
    )
    stopGrace()
    stopTimer()
    // The HTTP server's own `close` also stops its timer for slow clients, which would keep the server in memory for ever.
    this.#server.close()
  }

  /** Takes the connections that the system has made and holds: Node takes one each turn, and closing the server would reset them. */
  async #takeBacklog(): Promise<void> {
    let before: number
    do {
      before = this.#admitted
      // The first may end the turn under way, which had asked for connections before.
      await turn()
      await turn()
    } while (this.#state === 'grace' && this.#admitted > before)
  }

  #admit(socket: Socket, serverSide: ServerSide): void {
    this.#admitted += 1
    // The grace period ended while the backlog was taken: whoever comes now would be left out by what ended the others.
    if (this.#state === 'draining') return void socket.destroy()
    if (this.#connections.size >= this.#settings.maxConnections) return this.#turnAway(socket)
    const connection = new Connection(socket, serverSide, this.#timeouts, this.#settings.clock)
    this.#connections.add(connection)
    socket.once('close', () => this.#connections.delete(connection))
  }

  /** Refuses a connection beyond the limit with a 503, or without an answer if too many are being refused. */
  #turnAway(socket: Socket): void {
    this.#refused += 1
    lingeringClose(socket, this.#settings.clock)
    if (this.#turnedAway.size >= MOST_TURNED_AWAY) return void socket.destroy()
    this.#turnedAway.add(socket)
    socket.once('close', () => this.#turnedAway.delete(socket))
    refuseSocket(socket, TOO_MANY, this.#settings)
  }

  /** Answers on the fast path, but not while the proxy closes: then an answer must say that it is the connection's last. */
  #answer(connection: Connection, octets: Buffer): boolean {
    if (this.#state !== 'open' || !this.#fastPath.answer(connection, octets)) return false
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

  /** Ends idle connections: Node ends those that its parser knows, the loop ends the others. */
  #endIdle(): void {
    this.#server.closeIdleConnections()
    for (const connection of this.#connections) if (connection.isIdle) connection.endSoon()
  }

  #unread(connection: Connection, { refusal, line }: Unreadable): void {
    if (refusal === TOO_SLOW) connection.unlessRead(() => this.#refuse(connection, refusal))
    else this.#refuse(connection, refusal, line)
  }

  /**
   * Refuses what the parser could not read. If that was the body of the request under way, its answer becomes the refusal, or breaks
   * off if it had begun. If it came after a complete request, the answer to that request is sent as the connection's last.
   */
  #refuse(connection: Connection, refusal: Refusal, line: RequestLine = UNREAD): void {
    if (connection.fate === 'refused') return
    if (!connection.writable) return void connection.destroy()
    if (refusal !== CUT_SHORT) this.#refused += 1
    const { last } = connection
    connection.fate = 'refused'
    if (last === undefined) return refuseUnparsed(connection, refusal, line, this.#settings)
    if (!last.req.complete) {
      if (!last.headersSent) connection.refusedAnswer = last
      refuse(last, refusal)
    } else if (last.headersSent) last.once('finish', () => connection.destroySoon())
    else last.shouldKeepAlive = false
  }
}

/** All streams of this server are connections. */
function connectionOf(stream: Duplex): Connection {
  return stream as Connection
}

/**
 * The grace period of `close`, in milliseconds, for requests that were on their way when closing began, on connections that looked
 * idle here. They are answered, as their connection's last: clients do not forgive a reset instead.
 */
const GRACE_MS = 50

const TOO_MANY: Refusal = { status: 503, why: 'too many connections', connection: 'close' }
const CONNECT_REFUSED: Refusal = { status: 501, why: 'CONNECT is not for a gateway', connection: 'close' }
