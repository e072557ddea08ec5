/** The guests of one host: opens a session for each guest that joins, and ends it when the guest leaves. */

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
  /** How many placed requests guests had started that have left since. */
  #startedBefore = 0

  constructor(parts: HostingParts) {
    this.#parts = parts
    parts.surroundings.engine.keepTurning()
  }

  get guests(): number {
    return this.#sessions.size
  }

  /** How many requests guests have placed here, and how many of them have no answer yet. */
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
      // If the guest closed the line first, it no longer touches the memory; if the host did, the guest still may.
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
