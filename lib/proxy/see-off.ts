/** The last of a refused connection: its client may be sending still, and must not lose the answer to a reset for that. */

import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.js'

/** How long a client has to read the answer and to go. */
const PATIENCE_MS = 1000

/** What still comes is dropped, which resets nothing (RFC 9112 9.6); the connection ends with the client, or in a second. */
export function seeOff(socket: Socket, clock: Clock): void {
  const stopTimer = clock.setTimer(PATIENCE_MS, () => socket.destroy())
  socket
    .on('error', () => {})
    .once('close', stopTimer)
    .resume()
}
