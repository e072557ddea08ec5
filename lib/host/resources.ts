/** The resources behind the handles of a host: one small adapter per kind. */

import { atOnce, type Source } from '../base/announcer.js'
import type { BodyReader, Trailers } from '../base/body.js'
import type { Entry } from '../cache/entry.js'
import { waitedForBy } from '../cache/wait-cycle.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { canAnswer } from '../http/stored-part.js'
import type { LookupReport } from '../pending/host.js'
import type { Findings } from './found.js'
import type { OriginSend } from './origin-send.js'
import { Resource, SourcedResource } from './resource.js'

/** A cache transaction. Ready when it is known what its request finds: also whether a range has any byte, see `Findings.undecided`. */
export class EntryResource extends Resource {
  /** The fetch of a leader. */
  #send: OriginSend | undefined = undefined
  /** A reader that becomes ready when it is known whether the body has a byte of the requested range; see `Findings.undecided`. */
  #probe: BodyReader | undefined = undefined

  constructor(
    readonly entry: Entry,
    private readonly findings: Findings | undefined,
  ) {
    super()
    if (entry.phase === 'waiting') entry.onReady(this)
    else this.#probeBody()
  }

  get kind(): 'entry' {
    return 'entry'
  }

  get ready(): boolean {
    return this.entry.phase !== 'waiting' && (this.#probe?.ready ?? true)
  }

  get request(): RequestHead {
    return this.entry.request
  }

  /** When the leader's fetch was sent, as in `OriginSend`. */
  get sentMs(): number | undefined {
    return this.#send?.sentMs
  }

  /** If this is not ready: the other transactions, or the body, that have to go on before it is. */
  *waitsFor(): Generator<Entry | BodyReader> {
    if (this.ready) return
    if (this.#probe !== undefined) yield this.#probe
    else for (const entry of waitedForBy(this.entry)) if (entry !== this.entry) yield entry
  }

  wake(): void {
    this.#probeBody()
    if (this.ready) this.announce()
  }

  /** The leader's fetch was sent. Harmless if the obligation has lapsed meanwhile. */
  fetchIsSent(send: OriginSend): void {
    this.#send = send
    if (this.entry.leads !== undefined) this.entry.fetchIsSent(send)
  }

  report(policy: Policy, backOffOf: (key: string) => number): LookupReport {
    const { key, collapsed, variedBy, leads, outcome } = this.entry
    const backOffMs = outcome === 'stale-lead' ? backOffOf(key) : 0
    const report = {
      key,
      collapsed,
      forward: this.#forward(policy),
      ...(variedBy && { variedBy }),
      ...(backOffMs > 0 && { backOffMs }),
    }
    return leads === 'together' ? { marked: true, ...report } : report
  }

  release(): void {
    this.#probe?.cancel()
    this.entry.close()
  }

  describe(): string {
    return `a cache lookup of ${this.request.url}`
  }

  #probeBody(): void {
    this.#probe = this.findings?.undecided(this.entry)
    this.#probe?.onReady(() => this.announce())
  }

  #forward(policy: Policy): LookupReport['forward'] {
    if (this.entry.outcome === 'pass') return 'bypass'
    const { object, known } = this.entry
    if (object === undefined) return known === 'key' ? 'vary-miss' : 'uri-miss'
    if (!canAnswer(this.request, object.head, policy)) return 'partial'
    return object.isPast ? 'stale' : 'request'
  }
}

/** A request on its way to its origin. */
export class SendResource extends SourcedResource {
  constructor(
    readonly send: OriginSend,
    readonly request: RequestHead,
  ) {
    super(send)
  }

  get kind(): 'send' {
    return 'send'
  }

  release(): void {
    this.send.cancel()
  }

  describe(): string {
    return `the origin's answer to ${this.request.method} ${this.request.url}`
  }
}

/** A body to be read. */
export class BodyResource extends SourcedResource {
  constructor(readonly reader: BodyReader) {
    super(reader)
  }

  get kind(): 'body' {
    return 'body'
  }

  release(): void {
    this.reader.cancel()
  }

  describe(): string {
    return 'the next bytes of a body'
  }
}

/** What a writer's bytes go into. `fail` after the end is harmless. */
export interface Sink {
  write(chunk: Uint8Array): void
  finish(trailers?: Trailers): void
  fail(error?: unknown): void
}

/** The back pressure of a sink: ready while the sink takes the next chunk without delay. */
export interface Room extends Source {
  /** Whether nobody reads what is written, or could use it later. */
  readonly isDeserted?: boolean
  /** Calls `listener` whenever the last reader leaves the sink deserted. */
  onDeserted?(listener: () => void): void
}

/** A body to be written: into the store, into a pipe, or to a host in another thread. */
export class WriterResource extends SourcedResource {
  constructor(
    readonly sink: Sink,
    readonly room: Room = ALWAYS_ROOM,
  ) {
    super(room)
  }

  get kind(): 'writer' {
    return 'writer'
  }

  release(): void {
    this.sink.fail()
  }

  describe(): string {
    return 'room in a body that is written'
  }
}

/** A result that is known when its handle is opened. */
export class KnownResource<T> extends Resource {
  readonly ready = true

  constructor(
    readonly kind: 'purge' | 'foresight',
    readonly value: T,
  ) {
    super()
  }

  release(): void {}

  describe(): string {
    return `a ${this.kind}`
  }
}

export const ALWAYS_ROOM: Room = {
  ready: true,
  onReady: atOnce,
}
