/** Judges stored responses by the request's own cache directives (RFC 9111 5.2.1). */

import type { Judge } from '../cache/lookup-query.js'
import { demandedBy, demandsAnything } from '../http/directives.js'
import { acceptsAfterError, requestVerdict } from '../http/freshness.js'
import type { RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'

/** `undefined` for a request without such directives, as most are: then a stored response is judged by its age only. */
export function judgeFor(request: RequestHead, policy: Policy): Judge | undefined {
  if (!demandsAnything(request, policy)) return undefined
  const directives = demandedBy(request, policy)
  return (timing, forbidsStale, ageClass) => {
    const verdict = requestVerdict(directives, timing, forbidsStale)
    if (verdict !== 'by-age' && verdict !== 'validate') return 'fresh'
    if (verdict === 'by-age' && ageClass !== 'expired') return ageClass
    return acceptsAfterError(directives, timing, forbidsStale) ? 'sie' : 'expired'
  }
}
