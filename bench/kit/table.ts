/** Formats a figure: a row for each rival, a column for each size, then the targets and whether each is met. */

import { aligned } from './aligned.js'
import type { Figure, MedianOf, Target } from './figure.js'

/** The figure as lines of text. */
export function table(figure: Figure, sizes: readonly number[], median: MedianOf): string {
  const measured = figure.rivals.filter((rival) => sizes.some((size) => !Number.isNaN(median(rival, size))))
  const head = ['', ...sizes.map((size) => `at ${size.toLocaleString('en')}`)]
  const rows = measured.map((rival) => [rival, ...sizes.map((size) => amount(median(rival, size)))])
  const lines = aligned([head, ...rows])
  return [`${figure.title} (${figure.unit})`, ...lines, ...verdicts(figure.targets, median)].join('\n')
}

function verdicts(targets: readonly Target[], median: MedianOf): string[] {
  const reached = targets.map((target) => ({ target, value: target.reached(median) }))
  const known = reached.filter(({ value }) => !Number.isNaN(value))
  const lines = known.map(({ target, value }) => verdict(target, value))
  const unknown = reached.length - known.length
  return unknown === 0 ? lines : [...lines, `  targets not measured: ${unknown}`]
}

function verdict({ says, bound, limit }: Target, value: number): string {
  const met = bound === 'at least' ? value >= limit : value <= limit
  return `  ${met ? 'met   ' : 'MISSED'} ${amount(value).padStart(7)} ${says}, ${bound} ${limit}`
}

/** About three significant digits, never an exponent. */
function amount(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 10 ? 1 : 2)
}
