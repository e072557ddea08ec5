/** What a cache has counted since a program began, and what is there now. */

import type { Stats } from '../../lib/index.js'

export function counted({ transactions: now, sends, handles }: Stats, before: Stats): unknown {
  return {
    since: {
      ...difference(pick(now, SINCE), pick(before.transactions, SINCE)),
      sends: sends.started - before.sends.started,
      outcomes: difference(now.outcomes, before.transactions.outcomes),
    },
    now: { ...pick(now, NOW), active: sends.active, handles },
  }
}

const SINCE = ['led', 'collapsed', 'promoted', 'inserts', 'updates', 'marks', 'purged'] as const
const NOW = ['objects', 'markers', 'obligations', 'waiting'] as const

function pick<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>
}

function difference<K extends string>(now: Readonly<Record<K, number>>, before: Readonly<Record<K, number>>) {
  const names = Object.keys(now) as K[]
  return Object.fromEntries(names.map((name) => [name, now[name] - before[name]]))
}
