/** The interface of a rival of the round trip: a guest asks a host in another thread, and blocks until the answer comes. */

/** One way for a guest to call a host. The guest is the main thread of the process, the host a worker thread. */
export interface Caller {
  /** Starts the host. Resolves when the host can answer. */
  open(): Promise<Line>
}

/** The connection of a guest to a running host. */
export interface Line {
  /** Asks a question that takes the host no work, and blocks this thread until the answer is there. */
  ask(): void
  /** Ends the host. Resolves to the number of questions that the host has answered. */
  close(): Promise<number>
}
