/** Summarizes the rounds: for each test and cache, whether the test passed, and the medians. Pure. */

import { median } from '../kit/runs.js'
import type { CollapseTest } from './declaration.js'
import type { Times } from './judge.js'
import type { Played } from './session.js'

/** One test through one cache, over all rounds. */
export interface Cell {
  readonly id: string
  readonly cache: string
  /** What was observed in place of what was expected, in the last round that failed; empty if no round failed. */
  readonly instead: readonly string[]
  readonly originRequests: number
  readonly end: Medians | undefined
  readonly firstByte: Medians | undefined
}

/** Medians over all rounds. `rounds` has the p50 of each round; the first round is that of a cache that has just been started. */
export interface Medians extends Times {
  readonly rounds: readonly number[]
}

export function cellsOf(played: readonly Played[]): Cell[] {
  const groups = new Map<string, Played[]>()
  for (const each of played) {
    const key = `${each.cache} ${each.id}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].map(cellOf)
}

/** The required tests that `cache` did not pass. */
export function missed(tests: readonly CollapseTest[], cells: readonly Cell[], cache: string): string[] {
  const required = tests.filter(({ kind }) => kind === 'required').map(({ id }) => id)
  const passed = cells.filter((cell) => cell.cache === cache && cell.instead.length === 0).map(({ id }) => id)
  return required.filter((id) => !passed.includes(id))
}

function cellOf(rounds: readonly Played[]): Cell {
  const { id, cache } = rounds[0] as Played
  return {
    id,
    cache,
    instead: rounds.findLast(({ instead }) => instead.length > 0)?.instead ?? [],
    originRequests: median(rounds.map(({ originRequests }) => originRequests)),
    end: medians(rounds.map(({ end }) => end)),
    firstByte: medians(rounds.map(({ firstByte }) => firstByte)),
  }
}

function medians(all: readonly (Times | undefined)[]): Medians | undefined {
  const known = all.filter((times) => times !== undefined)
  if (known.length === 0) return undefined
  const rounds = known.map(({ p50 }) => p50)
  return { p50: median(rounds), max: median(known.map(({ max }) => max)), rounds }
}
