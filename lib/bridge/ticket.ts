/** What a thread needs to join a running host. It crosses to a worker once, in `workerData` or a message. */

import { MessageChannel, MessagePort } from 'node:worker_threads'
import { HostLostError, InvalidArgumentError } from '../base/errors.js'
import type { Policy } from '../http/policy.js'
import { Life } from './life.js'
import { lineMemory, takeLine } from './line.js'
import { heard } from './spoken-errors.js'

/** Give `port` in the transfer list of whatever carries the ticket. A ticket is for one thread, and for one use. */
export interface Ticket {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
  readonly life: SharedArrayBuffer
  readonly standings: SharedArrayBuffer
  readonly policy: Policy
  readonly id: string
  readonly backends: readonly string[]
}

/** What the host's end is told of a new guest. */
export interface Admission {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
}

/** `used` is the memory of a line that both its ends have let go of. */
export function issueTicket(
  host: Omit<Ticket, 'port' | 'memory'>,
  used?: SharedArrayBuffer,
): {
  readonly ticket: Ticket
  readonly admission: Admission
} {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory(used)
  return { ticket: { ...host, port: port1, memory }, admission: { port: port2, memory } }
}

/** Throws `InvalidArgumentError` for what is not a ticket, and says why where that is known. */
export function checkTicket(ticket: unknown): asserts ticket is Ticket {
  const { port, memory } = (ticket ?? {}) as Partial<Ticket>
  if (port instanceof MessagePort && memory instanceof SharedArrayBuffer) return
  if (typeof ticket === 'object' && ticket !== null && 'policy' in ticket) {
    throw new InvalidArgumentError(
      'this ticket has lost its port: pass it in workerData with transferList: [ticket.port]. It cannot cross to a cluster ' +
        'worker or a child process, which share no memory: let each open a cache of its own, or put a proxy in front',
    )
  }
  throw new InvalidArgumentError('connect takes the ticket of a running host')
}

/**
 * Throws `InvalidArgumentError` for a ticket that was used, or whose port has gone to another thread; `HostLostError` where
 * the port is closed because its host is gone.
 */
export function redeem({ port, memory, life }: Ticket): void {
  if (!isHere(port)) {
    const host = new Life(life)
    if (host.isOver(0)) throw new HostLostError(host.cause && heard(host.cause))
    throw new InvalidArgumentError(
      'the port of this ticket is closed, or was transferred to another thread: connect there',
    )
  }
  if (!takeLine(memory))
    throw new InvalidArgumentError('this ticket was used before: each is for one thread, once; the host has more')
}

/** A port that was transferred, or closed, holds no event loop. */
function isHere(port: MessagePort & { hasRef?(): boolean }): boolean {
  port.ref()
  const held = port.hasRef?.() ?? true
  port.unref()
  return held
}
