/** Summarizes results: counts per group and kind, failed tests, and tests lost since results were last kept. Pure. */

import { aligned } from '../kit/aligned.js'
import type { Group, Kind, Results, Suite } from './suite.js'

export const KINDS: readonly Kind[] = ['required', 'optimal', 'check']

export interface Count {
  readonly passed: number
  readonly of: number
}

export type Score = Readonly<Record<Kind, Count>>

/** Counts the tests whose result is `true`. Any other result counts as failed, also that of a setup or of a test it depends on. */
export function scoreOf(groups: readonly Group[], results: Results): Score {
  const tests = groups.flatMap((group) => group.tests)
  const count = (kind: Kind): Count => {
    const ofKind = tests.filter((test) => test.kind === kind)
    return { passed: ofKind.filter(({ id }) => results[id] === true).length, of: ofKind.length }
  }
  return { required: count('required'), optimal: count('optimal'), check: count('check') }
}

/** The required and optimal tests that did not pass, in the order of the suite. */
export function missed(groups: readonly Group[], results: Results) {
  return groups.flatMap(({ tests }) => tests.filter(({ kind, id }) => kind !== 'check' && results[id] !== true))
}

/** The tests of `before`, which passed then, that are still in the suite and do not pass now. */
export function lost(before: readonly string[], groups: readonly Group[], now: Results): string[] {
  const current = new Set(groups.flatMap(({ tests }) => tests.map(({ id }) => id)))
  return before.filter((id) => current.has(id) && now[id] !== true)
}

/** The table of counts: ours by group, then our total beside the totals of the caches whose results are published. */
export function table(suite: Suite, results: Results): string {
  const groups = suite.groups.map((group) => [group.name, ...cells(scoreOf([group], results))])
  const others = suite.published.map(({ name, version, results }) => [
    `${name} ${version}`,
    ...cells(scoreOf(suite.groups, results)),
  ])
  const ours = ['tidewait', ...cells(scoreOf(suite.groups, results))]
  return aligned([['', ...KINDS], ...groups, [], ['in all', ...KINDS], ours, ...others]).join('\n')
}

function cells(score: Score): string[] {
  return KINDS.map((kind) => (score[kind].of === 0 ? '-' : `${score[kind].passed}/${score[kind].of}`))
}
