/** What a program sees, as plain data that can be compared. */

import { type CandidateResponse, type HttpResponse, isSendError, TidewaitError } from '../../lib/index.js'

/** An error with all that it says, and what caused it. */
export function toldFailure(failure: unknown): unknown {
  if (!(failure instanceof Error)) return failure
  const { name, message, cause } = failure
  return {
    name,
    message: message.replaceAll(/(handle|lookup) \d+/g, '$1'),
    ...(failure instanceof TidewaitError && { code: failure.code, blame: failure.blame }),
    ...(isSendError(failure) && {
      backend: failure.backend,
      asked: `${failure.request.method} ${failure.request.url}`,
    }),
    ...(isSendError(failure) && failure.suppressed !== undefined && { suppressed: toldFailure(failure.suppressed) }),
    ...(cause !== undefined && { cause: toldFailure(cause) }),
  }
}

/** All that an answer says of itself but its body. */
export function toldAnswer(response: HttpResponse) {
  const { status, statusText, url, backend, source, wasCached, isStale, hits, age, ttl, vary } = response
  const { staleWhileRevalidate, staleIfError, surrogateKeys, maskedError, revalidation } = response
  return {
    ...{ status, statusText, url, backend, source, wasCached, isStale, hits, age, ttl, vary },
    ...{ staleWhileRevalidate, staleIfError, surrogateKeys },
    fields: [...response.headers],
    maskedError: toldFailure(maskedError),
    leads: revalidation !== undefined,
  }
}

export function toldWeb({ status, statusText, url, redirected, type, headers }: Response) {
  return { status, statusText, url, redirected, type, fields: [...headers] }
}

/** All that a hook can read of a candidate. */
export function toldCandidate(candidate: CandidateResponse) {
  const { status, headers, isStale, staleIfErrorAvailable, age, maxAge, ttl } = candidate
  const { staleWhileRevalidate, staleIfError, vary, surrogateKeys, sensitive } = candidate
  return [
    ...[status, [...headers], isStale, staleIfErrorAvailable, age, maxAge, ttl],
    ...[staleWhileRevalidate, staleIfError, vary, surrogateKeys, sensitive],
  ]
}

/** A body, or if it is long, its beginning and its length. */
export function toldBytes(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 20)}… ${text.slice(-5)}, ${text.length} in all`
}
