/** Refuses connections that wait for no answer, and records each refusal in the access log, like an answer to a request. */

import type { Socket } from 'node:net'
import { type RequestLine, UNREAD } from './access-log.js'
import type { Connection } from './connection.js'
import type { Settings } from './options.js'
import { type Refusal, refuseConnection } from './refusal.js'

/** Refuses what the parser could not read, or a `CONNECT`, and ends `connection`. No answer may be under way on it. */
export function refuseUnparsed(connection: Connection, refusal: Refusal, line: RequestLine, settings: Settings): void {
  logAtEnd(connection, () => connection.takeSent(), { ...line, status: refusal.status }, settings)
  refuseConnection(connection, refusal, settings.clock.wallNow())
  connection.destroySoon()
}

/** Refuses a connection without reading it. */
export function refuseSocket(socket: Socket, refusal: Refusal, settings: Settings): void {
  logAtEnd(socket, () => socket.bytesWritten, { ...UNREAD, status: refusal.status }, settings)
  refuseConnection(socket, refusal, settings.clock.wallNow())
}

/** Gives the access log its record when the connection has closed. `sent` is called then, and returns the length of the refusal. */
function logAtEnd(
  connection: Socket | Connection,
  sent: () => number,
  refused: RequestLine & { readonly status: number },
  { accessLog, clock }: Settings,
): void {
  if (accessLog === undefined) return
  const startedAtMs = clock.wallNow()
  const started = clock.now()
  const client = connection.remoteAddress ?? '-'
  connection.once('close', () => {
    const end = connection.writableFinished ? 'whole' : 'cut'
    const durationMs = clock.now() - started
    accessLog({ startedAtMs, client, ...refused, bytes: sent(), durationMs, outcome: 'refused', end })
  })
}
