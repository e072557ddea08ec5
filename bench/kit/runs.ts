/** Repeats a run for a given time, and computes mean and median. */

import type { Effort, Sample } from './figure.js'

/**
 * Warms up, then measures. `run` does the work once and returns its cost in the unit of the figure. No garbage
 * collection is forced in between: a full collection throws compiled code away and shrinks the young generation, and the
 * first runs after it take ten times as long.
 */
export async function repeat(effort: Effort, run: () => number | Promise<number>): Promise<Sample> {
  await during(effort.warmUpMs, run)
  const runs = await during(effort.measureMs, run)
  return { value: mean(runs), runs }
}

/** The cost of a sample is a mean, because a median would hide the collector: few runs collect the garbage of many. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

/** The middle number, or the mean of the middle two; `NaN` for an empty list. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const upper = sorted.length >> 1
  return mean(sorted.slice(sorted.length % 2 === 1 ? upper : upper - 1, upper + 1))
}

/**
 * Collects garbage twice: of the whole heap, or of the young generation, after which all survivors are in the old one. Needs
 * `--expose-gc`. The whole heap is asked for without an argument: given any `type`, Node 20 collects the young generation alone.
 */
export function collect(garbage: 'all' | 'young'): void {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('node runs without --expose-gc')
  for (let pass = 0; pass < 2; pass++) {
    if (garbage === 'all') gc()
    else gc({ type: 'minor' })
  }
}

async function during(ms: number, run: () => number | Promise<number>): Promise<number[]> {
  const costs: number[] = []
  const start = performance.now()
  do costs.push(await run())
  while (performance.now() - start < ms)
  return costs
}
