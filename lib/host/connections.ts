/** The connections to the origins of a backend: how they are opened, and whether one that broke had been of use before. */
import type { Socket } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Backend } from './backends.js'

/** What ended connections on which an answer had come before. undici hands the error on, and not the socket. */
const endsOfKept = new WeakSet<Error>()

/** Opens connections as they are needed, and keeps them for the next request. */
export function openAgent({ connectTimeoutMs, maxConnections, tls }: Backend): Agent {
  // Exchanges give up by the clock; this timeout only clears away sockets that never connect. 0 is none.
  const timeout = Number.isFinite(connectTimeoutMs) ? connectTimeoutMs : 0
  const open = buildConnector({ ...tls, timeout })
  return new Agent({
    connect: (target, callback) =>
      open(target, (...outcome) => {
        const [, socket] = outcome
        if (socket) watchEnd(socket)
        callback(...outcome)
      }),
    ...(maxConnections !== undefined && { connections: maxConnections }),
  })
}

/** Whether `error` ended a connection that had been kept. It may say so of a request whose own answer has begun. */
export function endsKept(error: Error): boolean {
  return endsOfKept.has(error)
}

/** The first listener of the socket: undici's own are added once it is given out. */
function watchEnd(socket: Socket): void {
  socket.on('error', (error) => {
    if (socket.bytesRead > 0) endsOfKept.add(error)
  })
}
