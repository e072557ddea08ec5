/** A candidate as an `afterSend` hook sees it. Types only. */

/** Rewrites a body while it streams. */
export type BodyTransform = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * The face of a candidate that `afterSend` sees. Times in seconds, with a fraction; what is not set follows from the headers as
 * they are. Every setter throws `InvalidArgumentError` for what cannot be meant.
 *
 * @example
 * const response = await cache.send('http://localhost:8080/undated', {
 *   afterSend(candidate) {
 *     if (candidate.status === 200) candidate.ttl = 60
 *   },
 * })
 * console.log(response.ttl)
 */
export interface CandidateResponse {
  /** For a 304 that validated a stored response, that response's status. */
  status: number
  /** As they would be stored. Edits are stored, and count for freshness. */
  readonly headers: Headers
  /** Whether the lookup found a stale object; one past all use counts where this is the 304 that validated it. */
  readonly isStale: boolean
  /** Whether a failure, thrown by the hook for instance, would be answered with a stale object. */
  readonly staleIfErrorAvailable: boolean
  /** When it arrived (RFC 9111 4.2.3). */
  readonly age: number
  /** The whole freshness lifetime: `age` and `ttl` together. */
  readonly maxAge: number
  /** How much longer it will be fresh, from now. */
  ttl: number
  /** From the end of its freshness on (RFC 5861 3). */
  staleWhileRevalidate: number
  /** From the end of its freshness on (RFC 5861 4). */
  staleIfError: number
  /** Request fields to tell variants apart by; in lower case. */
  vary: string[]
  /** What it can be purged by; what is no surrogate key is left out. */
  surrogateKeys: string[]
  /** Keep it out of stores that survive the process. */
  sensitive: boolean
  /** Stores it, whatever its headers say. */
  setCacheable(): void
  /** Does not store it. `record` leaves a mark, so that requests for it do not wait for each other for a while. */
  setUncacheable(options?: { record?: boolean }): void
  /** Not called for a 304: the stored body stays as it is. A 206 with a transform is not stored. */
  bodyTransform?: BodyTransform | undefined
}
