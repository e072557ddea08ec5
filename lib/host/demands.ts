/** What a request itself demands of a stored response (RFC 9111 5.2.1). */

import type { Judge } from '../cache/asking.js'
import { requestDirectives } from '../http/directives.js'
import { acceptsAfterError, requestVerdict } from '../http/freshness.js'
import { has, type RequestHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'

/** Nothing, for most. */
export function demandsOf({ fields }: RequestHead, policy: Policy): Judge | undefined {
  if (!policy.requestDirectives || !(has(fields, 'cache-control') || has(fields, 'pragma'))) return undefined
  const directives = requestDirectives(fields)
  return (timing, forbidsStale, ageClass) => {
    const verdict = requestVerdict(directives, timing, forbidsStale)
    if (verdict !== 'by-age' && verdict !== 'validate') return 'fresh'
    if (verdict === 'by-age' && ageClass !== 'expired') return ageClass
    return acceptsAfterError(directives, timing, forbidsStale) ? 'sie' : 'expired'
  }
}
