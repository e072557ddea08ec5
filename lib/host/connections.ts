/** Opens the connections to a backend's origins, and tells whether a broken one had carried an answer before, and had been idle. */

import './platform-first.js'

import type { Socket } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Clock } from '../base/clock.js'
import type { Backend } from './backends.js'

/**
 * No server closes a connection as idle sooner than after about this long. If a request is lost on a connection that was idle for
 * less, the origin may well have read the request.
 */
const LEAST_IDLE_MS = 1900

/**
 * For each error that ended a connection on which octets had come before: when the last of them came. Keyed by the error, because
 * undici passes on the error but not the socket.
 */
const lastHeardMs = new WeakMap<Error, number>()

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
  return lastHeardMs.has(error)
}

/** Whether that connection had been idle at `sentMs`, when a request was put on it, for so long that the server may have closed it. */
export function endedIdleConnection(error: Error, sentMs: number): boolean {
  const heardMs = lastHeardMs.get(error)
  return heardMs !== undefined && sentMs - heardMs >= LEAST_IDLE_MS
}

/** Must run before undici gets the socket, so that these listeners run before those of undici. */
function watch(socket: Socket, clock: Clock): void {
  let octets = 0
  let heardMs = 0
  socket.on('readable', () => {
    // The socket's end is a `readable` event as well.
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
 * undici takes a reset for the clean end of a body without a declared length. Such a body may be cut anywhere, and must not be stored
 * as complete (RFC 9111 3.3). undici recognizes a reset by its code, so the code is another one while undici handles the error.
 */
function disguiseReset(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ECONNRESET') return
  error.code = 'EPIPE'
  queueMicrotask(() => {
    error.code = 'ECONNRESET'
  })
}
