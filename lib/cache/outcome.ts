/** The named outcomes of a lookup, and the flag bits of Fastly's host calls that each stands for (semantics 3.1). */

export const FOUND = 1
export const USABLE = 2
export const STALE = 4
export const MUST_INSERT_OR_UPDATE = 8
export const USABLE_IF_ERROR = 16

/**
 * The object that an entry has found, and what its owner does.
 *
 * | outcome | object | to do |
 * |---|---|---|
 * | hit | fresh | answer with the object |
 * | stale | stale, may be used | answer with the object: another entry revalidates, the body still arrives, or the request accepts stale |
 * | stale-lead | stale, may be used | answer with the object, and fetch in the background |
 * | stale-if-error | stale; a fetch has just failed | answer with the object |
 * | lead | none, or expired: only to validate | fetch; others wait for the result |
 * | lead-if-error | stale; only if the fetch fails | fetch; `chooseStale` if that fails |
 * | pass | none | fetch without the cache |
 */
export type LookupOutcome = 'hit' | 'stale' | 'stale-lead' | 'stale-if-error' | 'lead' | 'lead-if-error' | 'pass'

/** The flags of each outcome. Once an entry's obligation has ended, it has no `MUST_INSERT_OR_UPDATE`. */
export const FLAGS: Readonly<Record<LookupOutcome, number>> = {
  hit: FOUND | USABLE,
  stale: FOUND | USABLE | STALE,
  'stale-lead': FOUND | USABLE | STALE | MUST_INSERT_OR_UPDATE,
  'stale-if-error': FOUND | USABLE | STALE | USABLE_IF_ERROR,
  lead: MUST_INSERT_OR_UPDATE,
  'lead-if-error': STALE | MUST_INSERT_OR_UPDATE | USABLE_IF_ERROR,
  pass: 0,
}
