/** The phases of a request, and what it owns in each (semantics 2.1). */

/**
 * | phase | owns | next |
 * |---|---|---|
 * | direct | a send past the cache | done |
 * | await-cache | a cache entry | await-backend, direct, done |
 * | await-backend | the entry with its obligation, and the send of its fetch | done |
 * | done | nothing | - |
 */
export type Phase = 'direct' | 'await-cache' | 'await-backend' | 'done'

/** The only transitions (semantics 2.1). */
export const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  direct: ['done'],
  'await-cache': ['await-backend', 'direct', 'done'],
  'await-backend': ['done'],
  done: ['done'],
}
