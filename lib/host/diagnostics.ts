/** Publishes what transactions do on `node:diagnostics_channel`, in the host's thread. The bridge relays it to guests. */

import { type Channel, channel } from 'node:diagnostics_channel'
import type { Entry } from '../cache/entry.js'
import type { Observer } from '../cache/observe.js'

/**
 * | channel | message |
 * |---|---|
 * | tidewait:join | `{ key, method, url }`: a lookup began to wait for another's fetch |
 * | tidewait:lead | the same: a lookup became a leader |
 * | tidewait:promote | the same: a waiter became the leader, because the last leader did not fulfil its obligation |
 * | tidewait:lapse | the same: a leader lost its obligation because its lease ran out |
 * | tidewait:share | the same: a waiter got what a leader fetched |
 * | tidewait:fail | the same with `error`: a lookup failed while it waited |
 * | tidewait:store | `{ key, how }`: `insert`, or `update` around the body that was there |
 * | tidewait:mark | `{ key, mode }`: a hit-for-pass (`pass`) or hit-for-miss (`miss`) mark was recorded |
 * | tidewait:evict | `{ key, reason }` |
 * | tidewait:purge | `{ target, soft, affected }` |
 * | tidewait:revalidate | `{ key, origin }`: a background fetch began (published by `Revalidations`, in the thread that runs it) |
 */
export const CHANNELS = [
  'tidewait:join',
  'tidewait:lead',
  'tidewait:promote',
  'tidewait:lapse',
  'tidewait:share',
  'tidewait:fail',
  'tidewait:store',
  'tidewait:mark',
  'tidewait:evict',
  'tidewait:purge',
  'tidewait:revalidate',
] as const

export type ChannelName = (typeof CHANNELS)[number]

const channels = {
  join: channel('tidewait:join'),
  lead: channel('tidewait:lead'),
  promote: channel('tidewait:promote'),
  lapse: channel('tidewait:lapse'),
  share: channel('tidewait:share'),
  fail: channel('tidewait:fail'),
  store: channel('tidewait:store'),
  mark: channel('tidewait:mark'),
  evict: channel('tidewait:evict'),
  purge: channel('tidewait:purge'),
}

/** Builds no message for a channel without subscribers. */
export const diagnostics: Observer = {
  collapse: (entry) => told(channels.join, entry),
  lead: (entry) => told(channels.lead, entry),
  promote: (entry) => told(channels.promote, entry),
  lapse: (entry) => told(channels.lapse, entry),
  share: (entry) => told(channels.share, entry),
  fail: (entry, error) => {
    if (channels.fail.hasSubscribers) channels.fail.publish({ ...described(entry), error })
  },
  store: (key, how) => {
    if (channels.store.hasSubscribers) channels.store.publish({ key, how })
  },
  mark: (key, mode) => {
    if (channels.mark.hasSubscribers) channels.mark.publish({ key, mode })
  },
  evict: (key, reason) => {
    if (channels.evict.hasSubscribers) channels.evict.publish({ key, reason })
  },
  purge: (target, soft, affected) => {
    if (channels.purge.hasSubscribers) channels.purge.publish({ target, soft, affected })
  },
}

function told(to: Channel, entry: Entry): void {
  if (to.hasSubscribers) to.publish(described(entry))
}

function described({ key, request }: Entry): { key: string; method: string; url: string } {
  return { key, method: request.method, url: request.url }
}
