/** Where two runs of one program differ: a line for each place, but for what the contract leaves open. */

import { isDeepStrictEqual } from 'node:util'

/** What one program came to. */
export interface Told {
  /** What each caller saw, by groups of callers that asked at once. */
  readonly crowds: readonly (readonly unknown[])[]
  readonly [what: string]: unknown
}

export function differences(one: Told, other: Told): string[] {
  return differing(settled(one), settled(other), 'program')
}

/**
 * Left open is, who of a crowd that asks for the same at one moment comes first. What they send all at once arrives there in an
 * order of the network's, and some threads have remembered an answer by the time that the last of them asks. So it is open
 * as well which of them is which hit of what is stored.
 */
function settled({ crowds, ...told }: Told): unknown {
  return { ...told, crowds: crowds.map((crowd) => (crowd.length > 1 ? shuffled(crowd) : crowd)) }
}

/** As texts, in an order that tells nothing. */
function shuffled(crowd: readonly unknown[]): unknown {
  const hits: string[] = []
  const texts = crowd.map((each) =>
    JSON.stringify(each).replaceAll(HITS, (_, name, count) => {
      hits.push(count)
      return name
    }),
  )
  return { texts: texts.sort(), hits: hits.sort() }
}

/** As an answer tells them, as its fields do, and as a client hears of them. */
const HITS = /("hits":|"x-cache-hits",|"x-cache-hits":)("?\d+"?)/g

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
