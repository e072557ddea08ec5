/** What the writer and all readers of one body share: its chunks, one linked to the next, and how it has ended. */

import type { Trailers } from '../base/body.js'
import { Demand } from './demand.js'

/**
 * | phase | next |
 * |---|---|
 * | streaming | complete (`finish`), failed (`fail`, or a length that is not the declared one) |
 * | complete, failed | - |
 */
export type BodyPhase = 'streaming' | 'complete' | 'failed'

/** Told while a body grows, and once when it has ended: the store that counts its bytes. */
export interface BodyWatcher {
  grew(): void
  ended(): void
}

/** Who waits for more. */
export interface Waiter {
  wake(): void
}

/**
 * One chunk and the way to the next. Nobody but readers holds the way from the start, so that bytes which no
 * object keeps and every reader has passed are free while the writer still writes.
 */
export class Link {
  next: Link | undefined = undefined
  constructor(readonly chunk: Uint8Array) {}
}

const NOTHING = new Uint8Array(0)
const NOBODY: readonly Waiter[] = []

export class Feed {
  phase: BodyPhase = 'streaming'
  last = new Link(NOTHING)
  bytes = 0
  /** Chunks that came since the last were put together. */
  loose = 0
  failure: unknown = undefined
  trailers: Trailers | undefined = undefined
  watcher: BodyWatcher | undefined = undefined
  /** Until it has ended. */
  demand: Demand | undefined = new Demand()
  /** Nobody, nearly always: most bodies are stored far longer than they are written. */
  #waiting: Set<Waiter> | undefined = undefined

  constructor(
    readonly declared: number | undefined,
    readonly keep: (chunk: Uint8Array) => readonly Uint8Array[],
    readonly after: readonly Uint8Array[],
  ) {}

  append(chunk: Uint8Array): void {
    for (const place of this.keep(chunk)) this.share(place)
  }

  /** Bytes of the whole body: declared, or known since it is complete. */
  get length(): number | undefined {
    return this.phase === 'complete' ? this.bytes : this.declared
  }

  /** Adds a chunk that already lives where it is to stay. */
  share(chunk: Uint8Array): void {
    const link = new Link(chunk)
    this.last.next = link
    this.last = link
    this.bytes += chunk.byteLength
    this.loose++
    this.watcher?.grew()
    this.wake()
  }

  end(phase: 'complete' | 'failed'): void {
    this.phase = phase
    const { demand } = this
    this.demand = undefined
    this.watcher?.ended()
    this.wake()
    demand?.tellOfRoom()
  }

  /** Whether there is nothing to wait for before the next write. The fastest of those who read sets the pace. */
  get hasRoom(): boolean {
    const { demand } = this
    return demand === undefined || this.#isAwaited || demand.isSteady || demand.isDeserted
  }

  get waiting(): Iterable<Waiter> {
    return this.#waiting ?? NOBODY
  }

  wait(waiter: Waiter): void {
    this.#waiting ??= new Set()
    this.#waiting.add(waiter)
    this.demand?.tellOfRoom()
  }

  leave(waiter: Waiter): void {
    this.#waiting?.delete(waiter)
  }

  /** A woken reader may read, wait again, cancel itself or others: each batch is detached before its first call. */
  wake(): void {
    const batch = this.#waiting
    if (batch === undefined) return
    this.#waiting = undefined
    for (const reader of batch) reader.wake()
  }

  get #isAwaited(): boolean {
    return this.#waiting !== undefined && this.#waiting.size > 0
  }
}
