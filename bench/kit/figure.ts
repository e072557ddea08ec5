/** The types that a question of the bench is made of, and the constructors of its targets. */

/** What is measured together: one figure, one rival, one size. Each measurement of a cell has a process of its own. */
export interface Cell {
  readonly figure: string
  readonly rival: string
  /** The number of coroutines, callers, workers, bytes or MiB that the rival is measured at. */
  readonly size: number
}

/** How long a probe may warm up and then measure, in milliseconds. A probe that repeats runs makes at least one in each phase. */
export interface Effort {
  readonly warmUpMs: number
  readonly measureMs: number
}

/** The result of a probe in one process. */
export interface Sample {
  /** The measured value, in the unit of the figure. */
  readonly value: number
  /** One value for each run, in the same unit; `value` is their mean. */
  readonly runs: readonly number[]
}

/** Measures a cell once. The module at `Figure.probe` exports one as `probe`. */
export type Probe = (cell: Cell, effort: Effort) => Promise<Sample>

/** The median of a cell over all rounds; `NaN` if the cell was not measured. */
export type MedianOf = (rival: string, size: number) => number

/** A promise about a figure: the value that `reached` computes from the medians has to respect `limit`. */
export interface Target {
  readonly says: string
  readonly bound: 'at least' | 'at most'
  readonly limit: number
  reached(median: MedianOf): number
}

/** One quantity, measured for every rival at every size. */
export interface Figure {
  readonly name: string
  readonly title: string
  readonly unit: 'µs' | 'ms' | 'bytes'
  readonly rivals: readonly string[]
  readonly sizes: readonly number[]
  /** The sizes of a quick run, where `sizes` would take minutes. */
  readonly quickSizes: readonly number[]
  /** A module that exports a `Probe` as `probe`. */
  readonly probe: URL
  readonly targets: readonly Target[]
  /** Replaces the default effort, if half a second of warm-up is too short to compile the code. A quick run ignores it. */
  readonly effort?: Effort
}

/** What `<name>/question.js` exports as `question`. */
export interface Question {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
}

/** Our rival and another one, compared at one size. */
export interface Comparison {
  readonly ours: string
  readonly theirs: string
  readonly size: number
}

/** The target that ours is at least `limit` times as fast as theirs. */
export function timesAsFast({ ours, theirs, size }: Comparison, limit: number): Target {
  return {
    says: `times as fast as ${theirs} at ${size.toLocaleString('en')}`,
    bound: 'at least',
    limit,
    reached: (median) => median(theirs, size) / median(ours, size),
  }
}

/** The target that ours costs at most `limit` times what theirs costs. */
export function timesTheCost({ ours, theirs, size }: Comparison, limit: number): Target {
  return {
    says: `${ours} / ${theirs} at ${size.toLocaleString('en')}`,
    bound: 'at most',
    limit,
    reached: (median) => median(ours, size) / median(theirs, size),
  }
}

/** The target that ours is at most `limit`, in the unit of the figure. */
export function atMost({ ours, size }: Pick<Comparison, 'ours' | 'size'>, limit: number): Target {
  return {
    says: `${ours} at ${size.toLocaleString('en')}`,
    bound: 'at most',
    limit,
    reached: (median) => median(ours, size),
  }
}

/** The target that from `size.from` to `size.to` ours grows by at most `limit` times the factor by which theirs grows. */
export function timesTheGrowth(
  ours: string,
  theirs: string,
  size: { from: number; to: number },
  limit: number,
): Target {
  const growth = (median: MedianOf, rival: string) => median(rival, size.to) / median(rival, size.from)
  return {
    says: `growth of ${ours} / growth of ${theirs}, ${size.from.toLocaleString('en')} to ${size.to.toLocaleString('en')}`,
    bound: 'at most',
    limit,
    reached: (median) => growth(median, ours) / growth(median, theirs),
  }
}
