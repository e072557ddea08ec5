/** The ledger of a scene: each answer is entered, compared with the expected content, and counted. */

import { systemClock } from '../../base/clock.js'
import type { HttpResponse } from '../../client/response/response.js'

/** The sum of many answers. Plain data, because it crosses threads. */
export interface Account {
  readonly callers: number
  /** How many answers came from the cache, or from the fetch of another caller. */
  readonly hits: number
  readonly stale: number
  /** The bytes of all bodies together. */
  readonly bytes: number
  /** For each caller, the milliseconds from its request to the last byte. */
  readonly latenciesMs: readonly number[]
  /** The error codes of failures because of which stale answers were given, each once. */
  readonly masked: readonly string[]
  /** What was wrong with answers, each once. */
  readonly faults: readonly string[]
}

/** Counts the answers to requests for one page of known content. */
export class Ledger {
  readonly #content: Uint8Array
  readonly #latenciesMs: number[] = []
  readonly #masked = new Set<string>()
  readonly #faults = new Set<string>()
  #hits = 0
  #stale = 0
  #bytes = 0

  constructor(content: Uint8Array) {
    this.#content = content
  }

  /** The time at which a caller sends its request; for `enter`. */
  begin(): number {
    return systemClock.now()
  }

  /** Enters the complete answer to a caller that began at `since`. */
  enter(response: HttpResponse, body: Uint8Array, since: number): void {
    this.#latenciesMs.push(systemClock.now() - since)
    this.#bytes += body.byteLength
    if (response.wasCached) this.#hits++
    if (response.isStale) this.#stale++
    if (response.maskedError) this.#masked.add(response.maskedError.code)
    if (response.status !== 200) this.#faults.add(`status ${response.status}`)
    if (Buffer.compare(body, this.#content) !== 0) this.#faults.add('a body that differs from the file')
  }

  get account(): Account {
    return {
      callers: this.#latenciesMs.length,
      hits: this.#hits,
      stale: this.#stale,
      bytes: this.#bytes,
      latenciesMs: this.#latenciesMs,
      masked: [...this.#masked],
      faults: [...this.#faults],
    }
  }
}

/** Adds up the accounts of several threads or pages. */
export function combined(accounts: readonly Account[]): Account {
  const sum = (of: (account: Account) => number) => accounts.reduce((total, account) => total + of(account), 0)
  const each = (of: (account: Account) => readonly string[]) => [...new Set(accounts.flatMap(of))]
  return {
    callers: sum(({ callers }) => callers),
    hits: sum(({ hits }) => hits),
    stale: sum(({ stale }) => stale),
    bytes: sum(({ bytes }) => bytes),
    latenciesMs: accounts.flatMap(({ latenciesMs }) => latenciesMs),
    masked: each(({ masked }) => masked),
    faults: each(({ faults }) => faults),
  }
}

/** The nearest-rank percentile: the smallest value that `percent` of all do not exceed. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}
