/** Lingering close: a client that still sends must not lose a refusal, or its last answer, to a reset (RFC 9112 9.6). */

import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.js'

/** How long a client has to read the answer and close its side. */
const PATIENCE_MS = 1000

/** Reads and drops what still comes, because unread octets would cause a reset. Ends when the client closes, or in a second. */
export function lingeringClose(socket: Socket, clock: Clock): void {
  const stopTimer = clock.setTimer(PATIENCE_MS, () => socket.destroy())
  socket
    .on('error', () => {})
    .once('close', stopTimer)
    .resume()
}
