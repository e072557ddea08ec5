/** How long a key is not fetched again behind stale answers after such fetches have failed (semantics 2.7). */

/** Failures in a row of the fetches behind a key's stale answers, in all threads. */
export interface Failures {
  readonly inARow: number
  readonly retryAtMs: number
}

/** The back-off after the second failure in a row. Each further failure doubles it. */
const FIRST_BACK_OFF_MS = 1000
const LONGEST_BACK_OFF_MS = 60_000

/** One failure may be chance, so the next lookup tries again (T37). From the second in a row on, the key backs off. */
export function oneMoreFailure(before: Failures | undefined, nowMs: number): Failures {
  const inARow = (before?.inARow ?? 0) + 1
  const backOffMs = inARow === 1 ? 0 : Math.min(FIRST_BACK_OFF_MS * 2 ** (inARow - 2), LONGEST_BACK_OFF_MS)
  return { inARow, retryAtMs: nowMs + backOffMs }
}

/** Milliseconds until the next fetch behind a stale answer is due; 0 if it may be now. */
export function backOffMs(failures: Failures | undefined, nowMs: number): number {
  return Math.max(0, (failures?.retryAtMs ?? 0) - nowMs)
}
