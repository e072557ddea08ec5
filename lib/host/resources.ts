/** What the handles of a host in this thread stand for: one small adapter per kind. */

import type { BodyReader, Trailers, Undo } from '../base/body.js'
import type { Entry } from '../cache/entry.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { canAnswer } from '../http/within.js'
import type { LookupReport } from '../pending/host.js'
import type { Resource } from './handles.js'
import type { OriginSend } from './origin-send.js'

const undone: Undo = () => {}

/** A cache transaction, with the request it was opened for. */
export class EntryResource implements Resource {
  readonly kind = 'entry'
  /** When its fetch was sent; on the wall clock, to compare with the dates of the answer. */
  sentWallMs: number | undefined = undefined

  constructor(
    readonly entry: Entry,
    readonly request: RequestHead,
    readonly known: 'key' | 'nothing',
  ) {}

  get ready(): boolean {
    return this.entry.phase !== 'waiting'
  }

  onReady(listener: () => void): Undo {
    return this.entry.onReady(listener)
  }

  report(policy: Policy): LookupReport {
    const { key, collapsed } = this.entry
    return { key, collapsed, forward: this.#forward(policy) }
  }

  release(): void {
    this.entry.close()
  }

  describe(): string {
    return `a cache lookup of ${this.request.url}`
  }

  #forward(policy: Policy): LookupReport['forward'] {
    if (this.entry.outcome === 'pass') return 'bypass'
    const { object } = this.entry
    if (object === undefined) return this.known === 'key' ? 'vary-miss' : 'uri-miss'
    if (!canAnswer(this.request, object.head, policy)) return 'partial'
    return object.isPast ? 'stale' : 'request'
  }
}

/** A request on its way to its origin. */
export class SendResource implements Resource {
  readonly kind = 'send'

  constructor(
    readonly send: OriginSend,
    readonly request: RequestHead,
  ) {}

  get ready(): boolean {
    return this.send.ready
  }

  onReady(listener: () => void): Undo {
    return this.send.onReady(listener)
  }

  release(): void {
    this.send.cancel()
  }

  describe(): string {
    return `the origin's answer to ${this.request.method} ${this.request.url}`
  }
}

/** A body that is read. */
export class BodyResource implements Resource {
  readonly kind = 'body'

  constructor(readonly reader: BodyReader) {}

  get ready(): boolean {
    return this.reader.ready
  }

  onReady(listener: () => void): Undo {
    return this.reader.onReady(listener)
  }

  release(): void {
    this.reader.cancel()
  }

  describe(): string {
    return 'the next bytes of a body'
  }
}

/** Where the bytes of a writer go. `fail` after the end is harmless. */
export interface Sink {
  write(chunk: Uint8Array): void
  finish(trailers?: Trailers): void
  fail(error?: unknown): void
}

/** Whether a sink would take a chunk now without keeping it for later. */
export interface Room {
  readonly ready: boolean
  onReady(listener: () => void): Undo
}

/** A body that is written: into the store, which always has room, or into a pipe. */
export class WriterResource implements Resource {
  readonly kind = 'writer'

  constructor(
    readonly sink: Sink,
    readonly room: Room = ALWAYS_ROOM,
  ) {}

  get ready(): boolean {
    return this.room.ready
  }

  onReady(listener: () => void): Undo {
    return this.room.onReady(listener)
  }

  release(): void {
    this.sink.fail()
  }

  describe(): string {
    return 'room in a body that is written'
  }
}

/** Something that is known already. */
export class KnownResource<T, K extends 'purge' | 'foresight'> implements Resource {
  readonly ready = true

  constructor(
    readonly kind: K,
    readonly value: T,
  ) {}

  onReady(listener: () => void): Undo {
    listener()
    return undone
  }

  release(): void {}

  describe(): string {
    return `a ${this.kind}`
  }
}

export const ALWAYS_ROOM: Room = {
  ready: true,
  onReady(listener: () => void): Undo {
    listener()
    return undone
  },
}
