/** The entries in the model of the transactions that lead or wait: one flat list, searched from the start each time. */

import { type Duty, type ModelEntry, type Place, same } from './model-records.js'

export class Crowd {
  readonly entries: ModelEntry[] = []

  get duties(): Duty[] {
    return this.entries.flatMap(({ duty }) => duty ?? [])
  }

  get waiting(): ModelEntry[] {
    return this.entries.filter(({ phase }) => phase === 'waiting')
  }

  /** In the order they came. */
  waitingAt(place: Place): ModelEntry[] {
    return this.entries
      .filter(({ waitsFor }) => waitsFor !== undefined && same(waitsFor, place))
      .sort((a, b) => (a.waitsFor?.number ?? 0) - (b.waitsFor?.number ?? 0))
  }

  /** The entry that has the exclusive duty there, whether its lease is over or not. */
  holderOf(place: Place): ModelEntry | undefined {
    return this.entries.find(({ duty }) => duty?.exclusive && same(duty, place))
  }

  /** The entry that has the duty by a lease that holds. */
  leaderOf(place: Place, now: number): ModelEntry | undefined {
    const holder = this.holderOf(place)
    return holder?.duty !== undefined && now < holder.duty.leaseEnd ? holder : undefined
  }

  /** The first entry whose wait is over by then, or whose lease is, if another entry waits for it. */
  nextDue(until: number): { at: number; entry: ModelEntry } | undefined {
    const times = this.entries.flatMap((entry) => {
      if (entry.phase === 'waiting') return [{ at: entry.timeoutAt, entry }]
      const awaited = entry.duty?.exclusive && this.waitingAt(entry.duty).length > 0
      return awaited && entry.duty !== undefined ? [{ at: entry.duty.leaseEnd, entry }] : []
    })
    return times.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  }
}
