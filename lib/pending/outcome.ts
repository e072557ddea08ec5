/** Translates the flag bits of a host call into a named outcome of `../cache/outcome.ts` (semantics 3.1). */

import { TidewaitError } from '../base/errors.js'
import { FLAGS, type LookupOutcome } from '../cache/outcome.js'

const BY_FLAGS = new Map<number, LookupOutcome>(
  (['hit', 'stale', 'stale-lead', 'stale-if-error', 'lead', 'lead-if-error', 'pass'] as const).map((name) => [
    FLAGS[name],
    name,
  ]),
)

/** Throws an error with blame `bug` for flags that no outcome has. */
export function outcomeOf(state: number): LookupOutcome {
  const outcome = BY_FLAGS.get(state)
  if (outcome === undefined)
    throw new TidewaitError('BadHandle', `a lookup cannot have the flags ${state}`, { blame: 'bug' })
  return outcome
}
