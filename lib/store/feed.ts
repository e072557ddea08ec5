/** What the writer and all readers of one body share: its linked chunks, and how it has ended. */

import type { Trailers } from '../base/body.js'
import { Coalescing } from './coalescing.js'
import { Demand } from './demand.js'
import { Link, NOTHING } from './link.js'

/**
 * | phase | next |
 * |---|---|
 * | streaming | complete (`finish`), failed (`fail`, or a length that is not the declared one) |
 * | complete, failed | - |
 */
export type BodyPhase = 'streaming' | 'complete' | 'failed'

/** The store that counts a body's bytes: called each time the body grows, and once when it has ended. */
export interface BodyWatcher {
  grew(): void
  ended(): void
}

export class Feed {
  phase: BodyPhase = 'streaming'
  last = new Link(NOTHING)
  bytes = 0
  /** Dropped, like `demand`, once the body has ended and small chunks will not be joined any more. */
  coalescing: Coalescing | undefined
  failure: unknown = undefined
  trailers: Trailers | undefined = undefined
  /** Leaves of the trailers what readers may have. Dropped at the end, too. */
  allowed: ((trailers: Trailers) => Trailers) | undefined = undefined
  watcher: BodyWatcher | undefined = undefined
  /** Dropped at the end, to save memory: most bodies are stored far longer than they are written. */
  demand: Demand | undefined = new Demand()

  constructor(
    readonly declared: number | undefined,
    readonly allocate: (chunk: Uint8Array) => readonly Uint8Array[],
    readonly after: readonly Uint8Array[],
  ) {
    // Where a length is declared, chunks are in the memory where they are to stay, and the allocator has no room for more.
    this.coalescing = new Coalescing(this.last, declared === undefined ? allocate : asItCame)
  }

  append(chunk: Uint8Array): void {
    for (const part of this.allocate(chunk)) this.share(part)
  }

  /** Bytes of the whole body; `undefined` while it is neither declared nor complete. */
  get length(): number | undefined {
    return this.phase === 'complete' ? this.bytes : this.declared
  }

  /** Adds a chunk that is already in the memory where it is to stay. */
  share(chunk: Uint8Array): void {
    const link = new Link(chunk)
    this.last.next = link
    this.last = link
    this.bytes += chunk.byteLength
    this.coalescing?.added(link)
    this.watcher?.grew()
    this.demand?.wake()
  }

  /** Readers that have not read to the end get what `allowed` leaves of the trailers, whether those have come or not. */
  limitTrailers(allowed: (trailers: Trailers) => Trailers): void {
    if (this.phase === 'streaming') this.allowed = allowed
    else if (this.trailers?.length) this.trailers = allowed(this.trailers)
  }

  end(phase: 'complete' | 'failed'): void {
    this.phase = phase
    const { demand } = this
    this.demand = undefined
    this.allowed = undefined
    this.watcher?.ended()
    demand?.end()
  }
}

/** Keeps a chunk where it is. */
export function asItCame(chunk: Uint8Array): readonly Uint8Array[] {
  return [chunk]
}
