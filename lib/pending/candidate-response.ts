/** The type of a candidate as an `afterSend` hook sees it. Types only. */

/** Rewrites a body while it streams. */
export type BodyTransform = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/**
 * A response on its way into the cache, as an `afterSend` hook sees and edits it. Times are in seconds, with a fraction. A value
 * that the hook does not set follows from the headers as the hook leaves them. Every setter throws `InvalidArgumentError` for an
 * invalid value, and every edit throws `AlreadyFinishedError` once the hook has ended.
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
  /** The status to store. For a 304 that validated a stored response, the status of the stored response. */
  status: number
  /** The headers to store. Edits are stored, and count for freshness. */
  readonly headers: Headers
  /** Whether the lookup found a stale object. An expired object counts too if this response is a 304 that validated it. */
  readonly isStale: boolean
  /** Whether a stale object would stand in for a failed fetch, also if the hook throws. */
  readonly staleIfErrorAvailable: boolean
  /** How old the response is: by its headers, and by policy the time since its fetch was sent (RFC 9111 4.2.3). */
  readonly age: number
  /** The whole freshness lifetime: `age` and `ttl` together. */
  readonly maxAge: number
  /** How many more seconds the response is fresh, counted from now. */
  ttl: number
  /** Seconds past its freshness during which the response is served stale while it is revalidated (RFC 5861 3). */
  staleWhileRevalidate: number
  /** Seconds past its freshness during which the response stands in for a fetch that fails (RFC 5861 4). */
  staleIfError: number
  /**
   * Request fields that select the variant, in lower case. With `*` among them the response is not stored, as with `Vary: *`,
   * unless the hook calls `setCacheable`. By the policy `varyStar: 'ordinary'`, `*` is a name like any other.
   */
  vary: string[]
  /** The surrogate keys that the response can be purged by. Values that are no surrogate key are left out. */
  surrogateKeys: string[]
  /** Whether the response is kept out of stores that survive the process. */
  sensitive: boolean
  /** Stores the response, whatever its headers say. */
  setCacheable(): void
  /** Does not store the response. With `record`, leaves a mark: for a while, requests for it do not wait for each other. */
  setUncacheable(options?: { record?: boolean }): void
  /** Rewrites the body while it streams. Not called for a 304, whose stored body stays. A 206 with a transform is not stored. */
  bodyTransform?: BodyTransform | undefined
}
