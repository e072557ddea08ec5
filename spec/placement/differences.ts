/** Where two tellings of one program differ: a line for each place, but for what the contract leaves open. */

import { isDeepStrictEqual } from 'node:util'

/** What one program came to. */
export interface Told {
  /** What each caller saw, by those who asked at once. */
  readonly crowds: readonly (readonly unknown[])[]
  readonly [what: string]: unknown
}

export function differences(one: Told, other: Told): string[] {
  return differing(settled(one), settled(other), 'program')
}

/**
 * Left open is, who of a crowd that asks for the same at one moment comes first. What they send all at once arrives there in an
 * order of the network's, and some threads have remembered an answer by the time that the last of them asks.
 */
function settled({ crowds, ...told }: Told): unknown {
  return { ...told, crowds: crowds.map((crowd) => [...crowd].sort(byText)) }
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1
}

function differing(one: unknown, other: unknown, at: string): string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (!isRecord(one) || !isRecord(other)) return [`${at}: ${JSON.stringify(one)}, and ${JSON.stringify(other)}`]
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].flatMap((name) => differing(one[name], other[name], `${at}.${name}`))
}

/** An array is one by its indexes. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
