/** What came on a connection and was not read as a request: it is answered, told like any request, and is the last. */

import type { Socket } from 'node:net'
import { type RequestLine, UNREAD } from './access-log.js'
import type { Connection } from './connection.js'
import type { Settings } from './options.js'
import { type Refusal, refuseConnection } from './refusal.js'

/** Nothing on `connection` is waiting for an answer, so that this is one of its own. */
export function refuseUnread(connection: Connection, refusal: Refusal, line: RequestLine, settings: Settings): void {
  tellAtEnd(connection, () => connection.takeSent(), { ...line, status: refusal.status }, settings)
  refuseConnection(connection, refusal, settings.clock.wallNow())
  connection.destroySoon()
}

/** Refuses a connection of which nothing is read. */
export function refuseUnheard(socket: Socket, refusal: Refusal, settings: Settings): void {
  tellAtEnd(socket, () => socket.bytesWritten, { ...UNREAD, status: refusal.status }, settings)
  refuseConnection(socket, refusal, settings.clock.wallNow())
}

/** Gives the access log its record when the connection has closed; `sent` is asked for the octets of the refusal then. */
function tellAtEnd(
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
