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

/**
 * One chunk and the way to the next. Nobody but readers holds the way from the start, so that bytes which no
 * object keeps and every reader has passed are free while the writer still writes.
 */
export class Link {
  next: Link | undefined = undefined
  constructor(readonly chunk: Uint8Array) {}
}

const NOTHING = new Uint8Array(0)

export class Feed {
  phase: BodyPhase = 'streaming'
  last = new Link(NOTHING)
  bytes = 0
  /** Chunks that came since the last were put together. */
  loose = 0
  failure: unknown = undefined
  trailers: Trailers | undefined = undefined
  watcher: BodyWatcher | undefined = undefined
  /** Until it has ended: most bodies are stored far longer than they are written. */
  demand: Demand | undefined = new Demand()

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
    this.demand?.wake()
  }

  end(phase: 'complete' | 'failed'): void {
    this.phase = phase
    const { demand } = this
    this.demand = undefined
    this.watcher?.ended()
    demand?.end()
  }
}
