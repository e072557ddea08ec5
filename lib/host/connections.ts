/** The connections to the origins of a backend: how they are opened, and whether one that broke had been of use before. */

import './platform-first.js'

import type { Socket } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Clock } from '../base/clock.js'
import type { Backend } from './backends.js'

/**
 * No server ends a connection because it is idle before it has been so for about this long. What is lost sooner was dropped by
 * an origin that may well have read it.
 */
const LEAST_IDLE_MS = 1900

/** What ended a connection on which an answer had come before, and when. undici hands the error on, and not the socket. */
const lastHeardMs = new WeakMap<Error, number>()

/** Opens connections as they are needed, and keeps them for the next request. */
export function openAgent({ connectTimeoutMs, maxConnections, tls }: Backend, clock: Clock): Agent {
  // Attempts give up by the clock; this timeout only clears away sockets that never connect. 0 is none.
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

/** Whether `error` ended a connection that had been kept. It may say so of a request whose own answer has begun. */
export function endsKept(error: Error): boolean {
  return lastHeardMs.has(error)
}

/** Whether that connection had been idle when a request was put on it at `sentMs`, for so long that its end may have been due. */
export function endsIdle(error: Error, sentMs: number): boolean {
  const heardMs = lastHeardMs.get(error)
  return heardMs !== undefined && sentMs - heardMs >= LEAST_IDLE_MS
}

/** The first listener of the socket: undici's own are added once it is given out. */
function watch(socket: Socket, clock: Clock): void {
  let octets = 0
  let heardMs = 0
  socket.on('readable', () => {
    // The end makes it readable too.
    if (socket.bytesRead === octets) return
    octets = socket.bytesRead
    heardMs = clock.now()
  })
  socket.on('error', (error) => {
    if (octets > 0) lastHeardMs.set(error, heardMs)
    disguiseReset(error)
  })
}

/**
 * undici takes a reset for the end of a body whose length nobody has said. Such a body may be cut anywhere, and is not to be stored
 * as whole (RFC 9111 3.3). It knows a reset by its code, so while undici is told, the code is that of another broken connection.
 */
function disguiseReset(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNRESET') return
  error.code = 'EPIPE'
  queueMicrotask(() => {
    error.code = 'ECONNRESET'
  })
}
