/** What a backend's response would be stored as. A 304 that validates another representation is a failed fetch (RFC 9111 4.3.4). */

import { hasValidator } from '../http/conditional.js'
import type { RequestHead, ResponseHead } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { prepareForStorage } from '../http/storage.js'
import type { ObjectReport, Prepared } from './host.js'
import { SendError } from './send-error.js'

export interface PrepareParts {
  /** The request of the lookup. */
  readonly request: RequestHead
  /** The stored response that the lookup found, which a response may validate or complete. */
  readonly stored: ResponseHead | undefined
  /** The report on the stored response, if there is one. */
  readonly object: ObjectReport | undefined
  readonly response: ResponseHead
}

/** A 304 can only validate a stored response that has a validator, since only then was one sent. */
export function prepared({ request, stored, object, response }: PrepareParts, policy: Policy): Prepared {
  const validated = stored !== undefined && hasValidator(stored) ? stored : undefined
  const { action, ...rest } = prepareForStorage(request, response, validated, policy)
  if (action !== 'mismatched-validator') {
    const { before, after } = rest.splice ?? { before: 0, after: 0 }
    const isOfStored =
      validated !== undefined && object !== undefined && (response.status === 304 || before + after > 0)
    return { action, ...rest, storedAs: isOfStored ? { head: validated, ...object } : undefined }
  }
  const cause = new Error('the origin validated another representation than the one stored')
  throw new SendError('HttpProtocolError', { backend: new URL(request.url).origin, request, cause })
}
