/** What callers got: every answer is entered here, and compared with what it should have been. */

import { systemClock } from '../../base/clock.js'
import type { HttpResponse } from '../../client/response/response.js'

/** The sum of many answers. It crosses threads, so it is plain. */
export interface Account {
  readonly callers: number
  /** Answers that came from the cache, or from the fetch of another caller. */
  readonly hits: number
  readonly stale: number
  /** Of all bodies. */
  readonly bytes: number
  /** From the request to the last byte, in milliseconds, one for each caller. */
  readonly latenciesMs: readonly number[]
  /** Codes of the failures that stale answers have hidden. */
  readonly masked: readonly string[]
  /** What was not as it should be, each once. */
  readonly faults: readonly string[]
}

/** Answers to requests for one page, of which the content is known. */
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

  /** A caller asks: when that was, for `enter`. */
  begin(): number {
    return systemClock.now()
  }

  /** A caller that began at `since` has its answer, whole. */
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

/** The accounts of several threads, or of several pages, as one. */
export function together(accounts: readonly Account[]): Account {
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
