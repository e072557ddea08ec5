/** What the tour and its origin say to each other. */

/** Where the origin takes orders, in place of requests for pages: `PUT /control/gates/README.md` and the like. */
export const CONTROL = '/control/'

/** How a path is answered. */
export interface Publication {
  /** A file of the project, by its path from the top. */
  readonly file: string
  /** 200 by default. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds before it answers; none by default. */
  readonly delayMs?: number
  /** Breaks the connection instead of answering. */
  readonly fault?: 'hang up'
}
