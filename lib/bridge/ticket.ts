/** A ticket is what a thread needs to join a running host. It crosses to a worker once, in `workerData` or a message. */

import { MessageChannel, MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { InvalidArgumentError } from '../base/errors.js'
import { markOf } from '../base/marked-memory.js'
import { isRecord } from '../base/options.js'
import { isSharedArrayBuffer } from '../base/realms.js'
import type { Policy } from '../http/policy.js'
import { canHoldLife, Life } from './life.js'
import { lineMemory } from './line/line.js'

/**
 * What `connect` takes. Name `port` in the transfer list of the worker or message that carries the ticket. A ticket serves one
 * thread, once. Code that passes it on needs no other field of it.
 */
export interface Ticket {
  /** Belongs in the transfer list. */
  readonly port: MessagePort
  /** The memory of the line between guest and host. */
  readonly memory: SharedArrayBuffer
  /** Shows whether the host is alive. */
  readonly life: SharedArrayBuffer
  /** Shows which of the responses that guests remember may still be given again. */
  readonly standings: SharedArrayBuffer
  /** The policy of the host's cache. */
  readonly policy: Policy
  /** The name of the cache in `Cache-Status`. */
  readonly id: string
  /** The names of the host's backends. */
  readonly backends: readonly string[]
}

const PORT_GONE =
  'this ticket was used before, or its port is closed or was transferred to another thread: each is for one thread, once'
const MIXED = 'this ticket is made of parts of several: pass each on as it is'

/** The part of a ticket that is the same for all guests of one host. */
export type TicketTerms = Omit<Ticket, 'port' | 'memory'>

/** The host's end of the line to a new guest. */
export interface Admission {
  readonly port: MessagePort
  readonly memory: SharedArrayBuffer
}

/** `used` is the memory of an earlier line that neither of its ends touches any more. */
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

/** The first message on a ticket's port. It names the ticket's other parts, so that a mix of several tickets is detected. */
function sealOf({ memory, life, standings, policy, id, backends }: Ticket): string {
  return JSON.stringify([[memory, life, standings].map(markOf), policy, id, backends])
}

/** Throws `InvalidArgumentError` if `ticket` is not a ticket; the message says why where that is known. */
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
 * Takes over the ticket's port into a new `MessagePort` that only this guest holds. If other code then closes or transfers
 * `ticket.port`, the guest keeps its line; else it might sleep on a closed line and never notice. Throws `InvalidArgumentError` for
 * a ticket that was used, whose port was transferred, or that mixes several tickets; `HostLostError` if its host is gone.
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

/** Transfers `port` into a new object, with all messages on their way to it; `undefined` if it was closed or transferred before. */
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
