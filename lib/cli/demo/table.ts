/** Formats the table at the end of the tour. */

import { percentile } from './ledger.js'
import type { Passed } from './verdict.js'

const HEAD = ['scene', 'callers', 'origin requests', 'hits', 'bytes', 'p50', 'p99']

/** A line for each scene. Latencies are from a caller's request to the last byte of its answer. */
export function table(verdicts: readonly Passed[]): string[] {
  const rows = verdicts.map(({ scene, account, originRequests }) => [
    scene.name,
    count(account.callers),
    count(originRequests),
    count(account.hits),
    count(account.bytes),
    duration(percentile(account.latenciesMs, 50)),
    duration(percentile(account.latenciesMs, 99)),
  ])
  return aligned([HEAD, ...rows])
}

function count(value: number): string {
  return value.toLocaleString('en')
}

/** Formats milliseconds: with two decimals below 1, one below 10, and none above. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '-'
  return `${ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : count(Math.round(ms))} ms`
}

/** Aligns the first column left and the others right, and puts a rule under the head. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const [head = '', ...lines] = rows.map((row) => row.map(pad).join('  '))
  return [head, '-'.repeat(head.length), ...lines]
}
