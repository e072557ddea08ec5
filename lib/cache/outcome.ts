/** The few named ways a lookup can come out, and the flag bits of Fastly's host calls each of them stands for (semantics 3.1). */

export const FOUND = 1
export const USABLE = 2
export const STALE = 4
export const MUST_INSERT_OR_UPDATE = 8
export const USABLE_IF_ERROR = 16

/**
 * What the owner of an entry has in hand, and what it is to do.
 *
 * | outcome | object | to do |
 * |---|---|---|
 * | hit | fresh | answer with it |
 * | stale | stale, may be used | answer with it; another revalidates, or the request allows it |
 * | stale-lead | stale, may be used | answer with it, and fetch in the background |
 * | stale-if-error | stale, a fetch has just failed | answer with it |
 * | lead | none, or expired: only to validate | fetch; others wait for the result |
 * | lead-if-error | stale, only if the fetch fails | fetch; `chooseStale` if that fails |
 * | pass | none | fetch without the cache |
 */
export type LookupOutcome = 'hit' | 'stale' | 'stale-lead' | 'stale-if-error' | 'lead' | 'lead-if-error' | 'pass'

/** The flags of each outcome while its obligation, if it has one, is not fulfilled yet. */
export const FLAGS: Readonly<Record<LookupOutcome, number>> = {
  hit: FOUND | USABLE,
  stale: FOUND | USABLE | STALE,
  'stale-lead': FOUND | USABLE | STALE | MUST_INSERT_OR_UPDATE,
  'stale-if-error': FOUND | USABLE | STALE | USABLE_IF_ERROR,
  lead: MUST_INSERT_OR_UPDATE,
  'lead-if-error': STALE | MUST_INSERT_OR_UPDATE | USABLE_IF_ERROR,
  pass: 0,
}
