/** What runs in the host's thread: one local host, and a session for every guest. */

import type { MessagePort } from 'node:worker_threads'
import { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import type { Admission } from '../ticket.js'
import type { HostingParts } from './parts.js'
import { Relay } from './relay.js'
import { Session } from './session.js'

export class Hosting {
  readonly #parts: HostingParts
  readonly #sessions = new Map<MessagePort, Session>()
  readonly #relay = new Relay()
  /** Requests of guests that have left. */
  #startedBefore = 0

  constructor(parts: HostingParts) {
    this.#parts = parts
    parts.surroundings.engine.keepTurning()
  }

  get guests(): number {
    return this.#sessions.size
  }

  /** Whole requests that ran here for guests, and those without an answer yet. */
  get requests(): { readonly started: number; readonly pending: number } {
    let started = this.#startedBefore
    let pending = 0
    for (const { requests } of this.#sessions.values()) {
      started += requests.started
      pending += requests.pending
    }
    return { started, pending }
  }

  admit({ port, memory }: Admission): void {
    const line = new Line<ToGuest, ToHost>(port, memory, 'host')
    const session = new Session({ ...this.#parts, line, relay: this.#relay })
    this.#sessions.set(port, session)
    line.onClose(() => {
      // Closed from the other side first: nobody there touches the memory any more.
      const isFree = line.isOpen
      this.#dismiss(port)
      if (isFree) this.#parts.freed?.(memory)
    })
    line.hold(true)
    session.serve()
  }

  close(): void {
    for (const port of [...this.#sessions.keys()]) this.#dismiss(port)
  }

  #dismiss(port: MessagePort): void {
    const session = this.#sessions.get(port)
    if (session === undefined) return
    this.#sessions.delete(port)
    this.#startedBefore += session.requests.started
    session.end()
  }
}
