/** Blocks the calling thread without using the processor. */

const never = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread for `durationMs` milliseconds. Its event loop stands still meanwhile. */
export function sleepThread(durationMs: number): void {
  Atomics.wait(never, 0, 0, durationMs)
}
