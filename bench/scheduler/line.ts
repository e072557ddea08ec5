/** What a rival of the blocking round trip has to do: ask a host in another thread, and block until it answers. */

/** One way for a guest to call a host. The guest is the main thread of the process, the host a worker thread. */
export interface Caller {
  /** Starts the host. Resolves when it answers. */
  open(): Promise<Line>
}

/** A host that waits for questions. */
export interface Line {
  /** Asks a question that takes the host no work, and blocks this thread until the answer is there. */
  ask(): void
  /** Ends the host. Resolves to how many questions it had answered. */
  close(): Promise<number>
}
