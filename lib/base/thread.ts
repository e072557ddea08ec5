/** Blocking the calling thread without burning it. */

const never = new Int32Array(new SharedArrayBuffer(4))

/** Blocks this thread for `durationMs` milliseconds. Nothing else happens on it meanwhile. */
export function sleepThread(durationMs: number): void {
  Atomics.wait(never, 0, 0, durationMs)
}
