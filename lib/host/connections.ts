/** Opens the connections to a backend's origins, and tells how one ended, and whether it had been in use or idle before. */

import './platform-first.js'

import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Agent, buildConnector } from 'undici'
import type { Clock } from '../base/clock.js'
import { inMicrotask } from '../base/microtask.js'
import type { Backend } from './backends.js'

/**
 * No server closes a connection as idle sooner than after about this long. If a request is lost on a connection that was idle for
 * less, the origin may well have read the request.
 */
const LEAST_IDLE_MS = 1900

const watched = new WeakMap<Socket, Idleness>()

/**
 * For each error that ended a connection on which octets had come before: how long that had been idle before its last request. Keyed
 * by the error, because undici passes on the error but not the socket.
 */
const idleMs = new WeakMap<Error, number>()

// Global, so the sockets of other clients come by as well.
subscribe('undici:client:sendHeaders', (message) => {
  watched.get((message as { socket: Socket }).socket)?.sends()
})

/** An undici agent that opens connections as needed, and keeps them for later requests. */
export function openAgent({ connectTimeoutMs, maxConnections, tls }: Backend, clock: Clock): Agent {
  // An attempt times out by its own clock. This timeout only destroys sockets that never connect; 0 is none.
  const timeout = Number.isFinite(connectTimeoutMs) ? connectTimeoutMs : 0
  const open = buildConnector({ ...tls, timeout })
  return new Agent({
    connect: (target, callback) =>
      open(target, (...outcome) => {
        const [, socket] = outcome
        if (socket) watch(socket, clock)
        callback(...outcome)
      }),
    ...(maxConnections !== undefined && { connections: maxConnections }),
  })
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

/** Must run before undici gets the socket, so that these listeners run before those of undici. */
function watch(socket: Socket, clock: Clock): void {
  const idleness = new Idleness(clock)
  watched.set(socket, idleness)
  let octets = 0
  socket.on('readable', () => {
    // The socket's end is a `readable` event as well.
    if (socket.bytesRead === octets) return
    octets = socket.bytesRead
    idleness.hears()
  })
  socket.on('end', () => {
    lastEnd = socket.remoteAddress === undefined ? 'by a reset' : 'in order'
  })
  socket.on('error', (error) => {
    if (octets > 0) idleMs.set(error, idleness.beforeRequestMs)
    disguiseReset(error)
  })
}

/**
 * How long a connection may have been idle before its last request. Octets wait unread while the event loop is busy, and the server's
 * end behind them, so they may have come by as much earlier as the loop has been busy since the connection was used before.
 */
class Idleness {
  beforeRequestMs = 0
  #heardMs = 0
  #busyMs = 0

  constructor(private readonly clock: Clock) {}

  sends(): void {
    this.beforeRequestMs = this.clock.now() - this.#heardMs
    this.#busyMs = busyMs()
  }

  hears(): void {
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
