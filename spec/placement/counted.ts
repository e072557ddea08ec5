/** What a cache has counted since a program began, and what it holds now. */

import type { Stats } from '../../lib/index.js'

export function counted(now: Stats, before: Stats): unknown {
  return {
    since: difference(sums(now), sums(before)),
    now: { ...pick(now.transactions, NOW), active: now.sends.active, handles: now.handles },
  }
}

const SUMS = ['collapsed', 'promoted', 'inserts', 'updates', 'marks', 'purged'] as const
const NOW = ['objects', 'markers', 'obligations', 'waiting', 'rememberedPurges'] as const

/**
 * An offer to fetch behind a stale answer that nobody takes up is given back, and whoever asks then has it: of a crowd the
 * next one, or nobody any more. So such an answer counts alike, with an offer and without.
 */
function sums({ transactions, sends }: Stats): Readonly<Record<string, number>> {
  const { stale, 'stale-lead': offered, ...outcomes } = transactions.outcomes
  return {
    ...pick(transactions, SUMS),
    ...outcomes,
    stale: stale + offered,
    led: transactions.led - offered,
    sends: sends.started,
  }
}

function pick<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>
}

function difference(now: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]))
}
