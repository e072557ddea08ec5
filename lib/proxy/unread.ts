/** What came on a connection and could not be read as a request: it is answered, told like any request, and is the last. */

import type { RequestLine } from './access-log.js'
import type { Connection } from './connection.js'
import type { Settings } from './options.js'
import { type Refusal, refuseConnection } from './refusal.js'

/** Nothing on `connection` is waiting for an answer, so that this is one of its own. */
export function refuseUnread(connection: Connection, refusal: Refusal, line: RequestLine, settings: Settings): void {
  const { accessLog, clock } = settings
  const startedAtMs = clock.wallNow()
  if (accessLog !== undefined) {
    const started = clock.now()
    const client = connection.remoteAddress ?? '-'
    const { status } = refusal
    connection.once('close', () => {
      const bytes = connection.takeSent()
      const durationMs = clock.now() - started
      const end = connection.writableFinished ? 'whole' : 'cut'
      accessLog({ startedAtMs, client, ...line, status, bytes, durationMs, outcome: 'refused', end })
    })
  }
  refuseConnection(connection, refusal, startedAtMs)
  connection.destroySoon()
}
