/** What a thread needs to join a running host. It crosses to a worker once, in `workerData` or a message. */

import { MessageChannel, MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { InvalidArgumentError } from '../base/errors.js'
import { markOf } from '../base/marked-memory.js'
import { isRecord } from '../base/options.js'
import { isSharedArrayBuffer } from '../base/realms.js'
import type { Policy } from '../http/policy.js'
import { canHoldLife, Life } from './life.js'
import { lineMemory } from './line/line.js'

/**
 * What `connect` takes. Give `port` in the transfer list of whatever carries the ticket. A ticket is for one thread, and for one
 * use; nothing else in it concerns whoever carries it.
 */
export interface Ticket {
  /** Goes into the transfer list. */
  readonly port: MessagePort
  /** The line between guest and host. */
  readonly memory: SharedArrayBuffer
  /** Whether the host lives. */
  readonly life: SharedArrayBuffer
  /** What it has lent, and still stands. */
  readonly standings: SharedArrayBuffer
  /** What its cache goes by. */
  readonly policy: Policy
  /** How the host calls itself in `Cache-Status`. */
  readonly id: string
  /** Names of its backends. */
  readonly backends: readonly string[]
}

const PORT_GONE =
  'this ticket was used before, or its port is closed or was transferred to another thread: each is for one thread, once'
const MIXED = 'this ticket is made of parts of several: pass each on as it is'

/** What all tickets to one host say alike. */
export type TicketTerms = Omit<Ticket, 'port' | 'memory'>

/** What the host's end is told of a new guest. */
export interface Admission {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
}

/** `used` is the memory of a line that both its ends have let go of. */
export function issueTicket(
  terms: TicketTerms,
  used?: SharedArrayBuffer,
): {
  readonly ticket: Ticket
  readonly admission: Admission
} {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory(used)
  const ticket: Ticket = { ...terms, port: port1, memory }
  port2.postMessage(sealOf(ticket))
  return { ticket, admission: { port: port2, memory } }
}

/** What a ticket's own port says of the rest, before anything else: so that parts of several tickets do not pass for one. */
function sealOf({ memory, life, standings, policy, id, backends }: Ticket): string {
  return JSON.stringify([[memory, life, standings].map(markOf), policy, id, backends])
}

/** Throws `InvalidArgumentError` for what is not a ticket, and says why where that is known. */
export function checkTicket(ticket: unknown): asserts ticket is Ticket {
  const { port, memory, ...terms } = (ticket ?? {}) as Partial<Ticket>
  const hasLine = port instanceof MessagePort && isSharedArrayBuffer(memory)
  if (hasLine && areTerms(terms)) return
  if (!hasLine && terms.policy !== undefined) {
    throw new InvalidArgumentError(
      'this ticket has lost its port: pass it in workerData with transferList: [ticket.port]. It cannot cross to a cluster ' +
        'worker or a child process, which share no memory: let each open a cache of its own, or put a proxy in front',
    )
  }
  throw new InvalidArgumentError('connect takes the ticket of a running host')
}

function areTerms({ life, standings, policy, id, backends }: Partial<TicketTerms>): boolean {
  return (
    isSharedArrayBuffer(life) &&
    canHoldLife(life) &&
    isSharedArrayBuffer(standings) &&
    isRecord(policy) &&
    typeof id === 'string' &&
    Array.isArray(backends)
  )
}

/**
 * The port of a ticket, for this thread alone: whoever closes the ticket's own, or sends it on, no longer hits the guest, which
 * might be asleep and never hear of it. Throws `InvalidArgumentError` for a ticket that was used, whose port has gone to
 * another thread, or that is made of parts of several; `HostLostError` where its host is gone.
 */
export function redeem(ticket: Ticket): MessagePort {
  const own = moved(ticket.port)
  try {
    checkLife(ticket)
    if (own === undefined) throw new InvalidArgumentError(PORT_GONE)
    if (receiveMessageOnPort(own)?.message !== sealOf(ticket)) throw new InvalidArgumentError(MIXED)
    return own
  } catch (failure) {
    own?.close()
    throw failure
  }
}

function checkLife({ life }: Ticket): void {
  const host = new Life(life)
  if (host.isOver(0)) throw host.loss
}

/** The other end's port in a new place, with all that is on its way to it; nothing, where it was closed or moved before. */
function moved(port: MessagePort): MessagePort | undefined {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(port, [port])
    return receiveMessageOnPort(port2)?.message
  } catch {
    return undefined
  } finally {
    port1.close()
  }
}
