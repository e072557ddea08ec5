/** What a rival is: a command that serves on a port until it is ended. */

/** Where a rival works. */
export interface Place {
  /** Free a moment ago, on 127.0.0.1. */
  readonly port: number
  /** The port of the origin, for those that are caches. */
  readonly originPort: number
  /** Its own, empty, removed afterwards. */
  readonly folder: string
}

export interface Rival {
  readonly program: string
  /** Writes the files it needs, and returns its arguments. It stays in the foreground. */
  prepare(place: Place): readonly string[]
}
