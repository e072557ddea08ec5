/** The table at the end, and how its numbers are written. */

import { percentile } from './ledger.js'
import type { AsTold } from './verdict.js'

const HEAD = ['scene', 'callers', 'origin requests', 'hits', 'bytes', 'p50', 'p99']

/** A line for each scene; latencies run from a caller's request to the last byte it got. */
export function table(verdicts: readonly AsTold[]): string[] {
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

/** Two digits that count, or whole milliseconds. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '-'
  return `${ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : count(Math.round(ms))} ms`
}

/** The first column to the left, numbers to the right, and a rule under the head. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  const [head = '', ...lines] = rows.map((row) => row.map(pad).join('  '))
  return [head, '-'.repeat(head.length), ...lines]
}
