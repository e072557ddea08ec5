/** The interface of a rival: a command that serves on a port until it is killed. */

/** The ports and the folder of one rival. */
export interface Place {
  /** The port on 127.0.0.1 where the rival is to listen. It was free a moment ago. */
  readonly port: number
  /** The port of the origin, which rivals that are no caches ignore. */
  readonly originPort: number
  /** A folder for this rival alone: empty at the start, removed at the end. */
  readonly folder: string
}

export interface Rival {
  readonly program: string
  /** Writes the files that the program needs, and returns its arguments. The program must stay in the foreground. */
  prepare(place: Place): readonly string[]
}
