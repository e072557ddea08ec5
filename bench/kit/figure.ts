/** What a question of the bench is made of. Types, and the three kinds of target. */

/** One measurement, made once, in a process of its own. */
export interface Cell {
  readonly figure: string
  readonly rival: string
  /** What it is measured at: so many coroutines, callers or bytes. */
  readonly size: number
}

/** How long a probe may warm up and then measure, in milliseconds. It makes at least one run of each. */
export interface Effort {
  readonly warmUpMs: number
  readonly measureMs: number
}

/** What a probe found in one process. */
export interface Sample {
  /** In the unit of the figure. */
  readonly value: number
  /** What `value` is the mean of, in the same unit: one number for each run. */
  readonly runs: readonly number[]
}

/** What the module at `Figure.probe` exports as `probe`. */
export type Probe = (cell: Cell, effort: Effort) => Promise<Sample>

/** The median of a cell over all rounds; `NaN` where it was not measured. */
export type MedianOf = (rival: string, size: number) => number

/** What was promised of a figure, and how to see whether it holds. */
export interface Target {
  readonly says: string
  readonly bound: 'at least' | 'at most'
  readonly limit: number
  reached(median: MedianOf): number
}

/** One number that matters, for every rival at every size. */
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
  /** For all rivals, where half a second is too little for the code to be compiled; a quick run goes without. */
  readonly effort?: Effort
}

/** What `question.js` in a folder of its own exports as `question`. */
export interface Question {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
}

/** Two rivals, ours first, at one size. */
export interface Duel {
  readonly ours: string
  readonly theirs: string
  readonly size: number
}

/** Ours is at least `limit` times as fast as theirs. */
export function timesAsFast({ ours, theirs, size }: Duel, limit: number): Target {
  return {
    says: `times as fast as ${theirs} at ${size.toLocaleString('en')}`,
    bound: 'at least',
    limit,
    reached: (median) => median(theirs, size) / median(ours, size),
  }
}

/** Ours needs at most `limit` times what theirs needs. */
export function timesTheCost({ ours, theirs, size }: Duel, limit: number): Target {
  return {
    says: `${ours} / ${theirs} at ${size.toLocaleString('en')}`,
    bound: 'at most',
    limit,
    reached: (median) => median(ours, size) / median(theirs, size),
  }
}

/** Ours is at most `limit`, in the unit of the figure. */
export function atMost({ ours, size }: Pick<Duel, 'ours' | 'size'>, limit: number): Target {
  return {
    says: `${ours} at ${size.toLocaleString('en')}`,
    bound: 'at most',
    limit,
    reached: (median) => median(ours, size),
  }
}

/** From `size.from` to `size.to`, ours grows by at most `limit` times the factor theirs grows by. */
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
