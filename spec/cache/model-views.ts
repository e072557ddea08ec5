/** What can be seen of an entry, and what the model says of the same. */

import type { CommitOptions } from '../../lib/cache/commit-options.js'
import type { Entry } from '../../lib/cache/entry.js'
import { type ModelEntry, type ModelOptions, namesOf } from '../kit/model-records.js'

export const SHARED_FAILURE = new RangeError('shared failure')

export function commitOptions({
  maxAge,
  initialAge,
  swr,
  sie,
  vary: varyNames,
  keys: surrogateKeys,
}: ModelOptions): CommitOptions {
  return {
    maxAgeMs: maxAge,
    initialAgeMs: initialAge,
    staleWhileRevalidateMs: swr,
    staleIfErrorMs: sie,
    ...(varyNames === undefined ? {} : { varyNames }),
    ...(surrogateKeys === undefined ? {} : { surrogateKeys }),
  }
}

const FLAGS: Readonly<Record<string, number>> = {
  hit: 3,
  stale: 7,
  'stale-lead': 15,
  'stale-if-error': 23,
  lead: 8,
  'lead-if-error': 28,
  pass: 0,
}

/** What can be seen of an entry. */
export function seen(entry: Entry) {
  const { phase, collapsed } = entry
  if (phase === 'waiting' || phase === 'closed') return { phase, collapsed }
  if (phase === 'failed') return { phase, collapsed, why: failureOf(entry) }
  const { object } = entry
  const found = object && {
    head: object.head,
    bytes: object.body.bytes,
    ageMs: object.ageMs,
    maxAgeMs: object.maxAgeMs,
    swrMs: object.swrMs,
    sieMs: object.sieMs,
    hits: object.hits,
    keys: [...object.surrogateKeys],
    vary: [...object.varyNames],
  }
  return { phase, collapsed, outcome: entry.outcome, state: entry.state, found }
}

/** The same of an entry of the model. */
export function expected(entry: ModelEntry): ReturnType<typeof seen> {
  const { phase, collapsed, outcome } = entry
  if (phase === 'waiting' || phase === 'closed') return { phase, collapsed }
  if (phase === 'failed') return { phase, collapsed, why: outcome }
  const object = entry.found?.object
  const found = object && {
    head: { status: 200, statusText: '', fields: [['id', `${object.id}`] as const] },
    bytes: object.body.bytes,
    ageMs: entry.found?.age ?? 0,
    maxAgeMs: object.maxAge,
    swrMs: object.swr,
    sieMs: object.sie,
    hits: entry.found?.hits ?? 0,
    keys: [...object.keys],
    vary: namesOf(object.rule),
  }
  const flags = FLAGS[outcome] ?? Number.NaN
  const state = entry.duty === undefined ? flags & ~8 : flags
  return { phase, collapsed, outcome: outcome as Entry['outcome'], state, found }
}

function failureOf(entry: Entry): string {
  try {
    return `no failure: ${entry.state}`
  } catch (error) {
    return error === SHARED_FAILURE ? 'shared failure' : (error as Error).name
  }
}
