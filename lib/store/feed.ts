/** What the writer and all readers of one body share: its chunks, one linked to the next, and how it has ended. */

import { joined, type Trailers } from '../base/body.js'
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

/** What stands around a chunk weighs about a quarter of this: smaller ones weigh more than their bytes. */
const SMALL_BYTES = 512
/** Small chunks are put together into pieces of no more. */
const PIECE_BYTES = 64 * 1024

/** Those from `from` on, before `end`, that make one piece; none, where the first is no small one. And what is behind them. */
export function smallOnes(
  from: Link,
  end: Link | undefined,
): { readonly chunks: Uint8Array[]; readonly behind: Link | undefined } {
  const chunks: Uint8Array[] = []
  let left = PIECE_BYTES
  let at: Link | undefined = from
  while (at !== undefined && at !== end && at.chunk.byteLength < SMALL_BYTES && at.chunk.byteLength <= left) {
    chunks.push(at.chunk)
    left -= at.chunk.byteLength
    at = at.next
  }
  return { chunks, behind: at }
}

/** `chunks` with those put together that are small and lie side by side: a body that grows byte by byte passes them on each time. */
export function withoutCrumbs(chunks: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let crumbs: Uint8Array[] = []
  let bytes = 0
  const sweep = () => {
    if (crumbs.length > 0) pieces.push(crumbs.length === 1 ? (crumbs[0] as Uint8Array) : joined(crumbs))
    crumbs = []
    bytes = 0
  }
  for (const chunk of chunks) {
    const isCrumb = chunk.byteLength < SMALL_BYTES
    if (!isCrumb || bytes + chunk.byteLength > PIECE_BYTES) sweep()
    if (isCrumb) {
      crumbs.push(chunk)
      bytes += chunk.byteLength
    } else pieces.push(chunk)
  }
  sweep()
  return pieces
}

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
