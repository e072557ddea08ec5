/** How a thread of the soak may ask. */

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
