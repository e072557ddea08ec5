/** The connections to a backend's origins: opens them, closes idle ones, and tells how one ended and how idle it had been. */

import './platform-first.js'

import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Agent, buildConnector, Pool } from 'undici'
import type { Clock } from '../base/clock.js'
import { inMicrotask } from '../base/microtask.js'
import type { Backend } from './backends.js'

/**
 * No server closes a connection as idle sooner than after about this long. If a request is lost on a connection that was idle for
 * less, the origin may well have read the request.
 */
const LEAST_IDLE_MS = 1900

const watched = new WeakMap<Socket, Connection>()
/** By undici's request, until its answer is whole. */
const inUse = new WeakMap<object, Connection>()

/**
 * For each error that ended a connection on which octets had come before: how long that had been idle before its last request. Keyed
 * by the error, because undici passes on the error but not the socket.
 */
const idleMs = new WeakMap<Error, number>()

// Global, so the sockets of other clients come by as well.
subscribe('undici:client:sendHeaders', (message) => {
  const { socket, request } = message as { socket: Socket; request: object }
  const connection = watched.get(socket)
  if (connection === undefined) return
  connection.sends()
  inUse.set(request, connection)
})
subscribe('undici:request:trailers', (message) => {
  inUse.get((message as { request: object }).request)?.isAnswered()
})

/** The connections of one backend, in an undici agent that opens them as needed, and keeps them for later requests. */
export class Connections {
  readonly agent: Agent
  readonly #clock: Clock
  readonly #byOrigin = new Map<string, Set<Connection>>()

  constructor({ connectTimeoutMs, maxConnections, tls }: Backend, clock: Clock) {
    this.#clock = clock
    // An attempt times out by its own clock. This timeout only destroys sockets that never connect; 0 is none.
    const timeout = Number.isFinite(connectTimeoutMs) ? connectTimeoutMs : 0
    const open = buildConnector({ ...tls, timeout })
    this.agent = new Agent({
      connect: (target, callback) =>
        open(target, (...outcome) => {
          const [, socket] = outcome
          if (socket) this.#watch(socket, `${target.protocol}//${target.host}`)
          callback(...outcome)
        }),
      factory: (origin, options) => new OriginPool(origin, options),
      ...(maxConnections !== undefined && { connections: maxConnections }),
    })
  }

  /**
   * Closes the connections to `origin` that have been idle for so long that the server may be closing them. undici does that by a
   * clock that counts turns of the event loop, which is late on a busy machine.
   */
  closeLongIdle(origin: string): void {
    for (const connection of this.#byOrigin.get(origin) ?? []) connection.closeIfLongIdle()
  }

  /** Must run before undici gets the socket, so that these listeners run before those of undici. */
  #watch(socket: Socket, origin: string): void {
    const connection = new Connection(socket, this.#clock)
    watched.set(socket, connection)
    const others = this.#byOrigin.get(origin) ?? new Set()
    this.#byOrigin.set(origin, others.add(connection))
    socket.on('close', () => {
      others.delete(connection)
      if (others.size === 0 && this.#byOrigin.get(origin) === others) this.#byOrigin.delete(origin)
    })
  }
}

/**
 * The connections to one origin. An agent drops a pool when the last connection in it ends, though requests may be queued there, for
 * which the pool connects again. When those connections end, the agent takes them for connections of the pool in use now, and drops
 * that: from then on, each request would have a new connection. So a pool that was dropped tells the agent nothing more.
 */
class OriginPool extends Pool {
  override emit(event: string | symbol, ...told: unknown[]): boolean {
    return this.closed ? false : super.emit(...([event, ...told] as Parameters<Pool['emit']>))
  }
}

/**
 * Whether `error` ended a connection on which octets had come. These may belong to the answer of the failed request itself, so the
 * caller checks how far that was.
 */
export function endedKeptConnection(error: Error): boolean {
  return idleMs.has(error)
}

/** Whether that connection had been idle, when its last request was put on it, for so long that the server may have closed it. */
export function endedIdleConnection(error: Error): boolean {
  return (idleMs.get(error) ?? 0) >= LEAST_IDLE_MS
}

/**
 * The reset of a connection whose `end` event is being emitted; `undefined` if the server has ended that connection in order. Before
 * Node 24, a reset right behind some octets is an `end` and no `error`. Such a connection has no peer address any more, unless
 * somebody has asked for that before: Node keeps what it has told.
 */
export function resetAtEnd(): Error | undefined {
  return lastEnd === 'in order' ? undefined : Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}

/** How the connection ended whose `end` event came last. */
let lastEnd: 'in order' | 'by a reset' = 'in order'

/**
 * One connection, and how long it has been idle. Octets wait unread while the event loop is busy, and the server's end behind
 * them, so they may have come by as much earlier as the loop has been busy since the connection was used before.
 */
class Connection {
  #state: 'idle' | 'in use' = 'idle'
  #octets = 0
  #idleBeforeRequestMs = 0
  #heardMs: number
  #busyMs = busyMs()

  constructor(
    private readonly socket: Socket,
    private readonly clock: Clock,
  ) {
    this.#heardMs = clock.now()
    socket.on('readable', () => this.#hears())
    socket.on('end', () => {
      lastEnd = socket.remoteAddress === undefined ? 'by a reset' : 'in order'
    })
    socket.on('error', (error) => {
      if (this.#octets > 0) idleMs.set(error, this.#idleBeforeRequestMs)
      disguiseReset(error)
    })
  }

  sends(): void {
    this.#state = 'in use'
    this.#idleBeforeRequestMs = this.#silentMs
    this.#busyMs = busyMs()
  }

  isAnswered(): void {
    this.#state = 'idle'
  }

  closeIfLongIdle(): void {
    if (this.#state === 'idle' && this.#silentMs >= LEAST_IDLE_MS) this.socket.destroy()
  }

  get #silentMs(): number {
    return this.clock.now() - this.#heardMs
  }

  #hears(): void {
    // The socket's end is a `readable` event as well.
    if (this.socket.bytesRead === this.#octets) return
    this.#octets = this.socket.bytesRead
    const waitedMs = busyMs() - this.#busyMs
    this.#heardMs = this.clock.now() - waitedMs
    this.#busyMs += waitedMs
  }
}

/** For how long this thread's event loop has been busy in all. */
function busyMs(): number {
  return performance.eventLoopUtilization().active
}

/**
 * undici takes a reset for the clean end of a body without a declared length. Such a body may be cut anywhere, and must not be stored
 * as complete (RFC 9111 3.3). undici recognizes a reset by its code, so the code is another one while undici handles the error.
 */
function disguiseReset(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNRESET') return
  error.code = 'EPIPE'
  inMicrotask(() => {
    error.code = 'ECONNRESET'
  })
}
