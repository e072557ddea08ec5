/** A candidate as an `afterSend` hook sees it. Types only. */

/** Rewrites a body while it streams. */
export type BodyTransform = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * A response on its way into the cache, as an `afterSend` hook sees and edits it. Times are in seconds, with a fraction. What
 * the hook does not set follows from the headers as it leaves them. Every setter throws `InvalidArgumentError` for a value that
 * cannot be meant, and every edit `AlreadyFinishedError` once the hook is over.
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
  /** Whether the lookup found a stale object. An expired one counts as well, where this is the 304 that validated it. */
  readonly isStale: boolean
  /** Whether a stale object would stand in for a failure, such as one that the hook throws. */
  readonly staleIfErrorAvailable: boolean
  /** How old it was when it arrived (RFC 9111 4.2.3). */
  readonly age: number
  /** The whole freshness lifetime: `age` and `ttl` together. */
  readonly maxAge: number
  /** How much longer it will be fresh, from now. */
  ttl: number
  /** For how long after its freshness it is served stale while it is fetched anew (RFC 5861 3). */
  staleWhileRevalidate: number
  /** For how long after its freshness it stands in for a fetch that fails (RFC 5861 4). */
  staleIfError: number
  /** The request fields that tell its variants apart, in lower case. With `*` among them it is not stored, as with `Vary: *`. */
  vary: string[]
  /** The keys it can be purged by. What is no surrogate key is left out. */
  surrogateKeys: string[]
  /** Whether it is kept out of stores that survive the process. */
  sensitive: boolean
  /** Stores it, whatever its headers say. */
  setCacheable(): void
  /** Does not store it. With `record`, a mark is left: for a while, requests for it do not wait for each other. */
  setUncacheable(options?: { record?: boolean }): void
  /** Rewrites the body on its way. Not called for a 304, whose stored body stays as it is; a 206 with a transform is not stored. */
  bodyTransform?: BodyTransform | undefined
}
