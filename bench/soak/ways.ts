/** The ways in which a thread of the soak may use its cache. */

export const WAYS = [
  'blocked',
  'awaiting',
  'blocked with a hook',
  'awaiting hooks',
  'an upload',
  'a purge',
  'a crowd',
  'fetch',
] as const

export type Way = (typeof WAYS)[number]
