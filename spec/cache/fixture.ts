/** Short words for the specs of the cache: a cache on a clock of its own, requests, heads, bodies. */

import type { BodyReader } from '../../lib/base/body.js'
import type { CommitOptions } from '../../lib/cache/commit-options.js'
import type { Entry } from '../../lib/cache/entry.js'
import { type LookupTerms, Transactions, type TransactionsOptions } from '../../lib/cache/transactions.js'
import type { RequestHead, ResponseHead } from '../../lib/http/message.js'
import { type Policy, rfc9111 } from '../../lib/http/policy.js'
import { MemoryStore } from '../../lib/store/memory.js'
import { TestClock } from '../kit/test-clock.js'

export const OK: ResponseHead = { status: 200, statusText: 'OK', fields: [] }

export function request(fields: Record<string, string> = {}): RequestHead {
  return { method: 'GET', url: 'http://origin/', fields: Object.entries(fields) }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** All that can be read now, as text, and how it ended. */
export function drain(reader: BodyReader): { text: string; end: 'open' | 'clean' | 'failed' } {
  let text = ''
  while (reader.ready) {
    try {
      const chunk = reader.read()
      if (chunk === undefined) return { text, end: 'clean' }
      text += new TextDecoder().decode(chunk)
    } catch {
      return { text, end: 'failed' }
    }
  }
  return { text, end: 'open' }
}

export interface Setting {
  readonly clock: TestClock
  readonly store: MemoryStore
  readonly cache: Transactions
  lookup(fields?: Record<string, string>, options?: Partial<LookupTerms>): Entry
  lookups(count: number, fields?: Record<string, string>): Entry[]
  /** A leader stores `text` whole, and closes. */
  stored(text: string, options: CommitOptions, fields?: Record<string, string>): void
}

export function open(
  policy: Policy = rfc9111,
  options: Partial<TransactionsOptions> & { maxBytes?: number } = {},
): Setting {
  const clock = new TestClock()
  const store = new MemoryStore({ maxBytes: options.maxBytes ?? 1 << 20 })
  const cache = new Transactions({ clock, policy, store, invariants: true, ...options })
  const lookup: Setting['lookup'] = (fields = {}, given = {}) => cache.lookup(request(fields), { key: 'k', ...given })
  return {
    clock,
    store,
    cache,
    lookup,
    lookups: (count, fields) => Array.from({ length: count }, () => lookup(fields)),
    stored(text, commit, fields) {
      const leader = lookup(fields)
      fill(leader, text, commit)
      leader.close()
    },
  }
}

export function fill(leader: Entry, text: string, options: CommitOptions): void {
  const writer = leader.insert(OK, options)
  writer.write(bytes(text))
  writer.finish()
}

/** What an entry has come to, in one word: its outcome, or why it has none. */
export function outcomeOf(entry: Entry): string {
  if (entry.phase === 'waiting' || entry.phase === 'closed') return entry.phase
  try {
    return entry.outcome
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

export function outcomesOf(entries: readonly Entry[]): string {
  return entries.map(outcomeOf).join(' ')
}
