/** The control requests between the tour and its origin process. */

/** Paths that begin with this are control requests, for instance `PUT /control/gates/README.md`. */
export const CONTROL = '/control/'

/** How a path is answered. */
export interface Publication {
  /** A file of this package, by its path from the top. */
  readonly file: string
  /** 200 by default. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds before the answer; none by default. */
  readonly delayMs?: number
  /** Breaks the connection instead of answering. */
  readonly fault?: 'hang up'
}
