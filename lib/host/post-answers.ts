/** Answers to POST that are stored as what GET would have had (RFC 9110 9.3.3, RFC 9111 3). */

import type { BodyReader } from '../base/body.js'
import { values, without } from '../http/message.js'
import { answersGet } from '../http/methods.js'
import { suggestedOptions } from '../http/options.js'
import { prepareForStorage } from '../http/storage.js'
import { surrogateKeys } from '../http/surrogate-keys.js'
import { append } from './append.js'
import type { HostShared, UnaskedAnswer } from './shared.js'

export interface PostAnswer extends UnaskedAnswer {
  readonly body: BodyReader
}

/**
 * Stores the answer if it may be, and gives back a reader of its body for whoever sent the request: the one that came, or,
 * once that goes into the store, one of what is stored. It is newer than what is there, however fresh that is; where somebody
 * fetches the same by GET, theirs is stored.
 */
export function keepPostAnswer(
  { request, key, inFlight, sentMs, head, body }: PostAnswer,
  { transactions, policy, clock }: HostShared,
): BodyReader {
  if (policy.postAnswers === 'ignore' || !answersGet(request, head, policy)) return body
  const asked = { ...request, method: 'GET', fields: without(request.fields, 'content-type', 'content-length') }
  const { action, head: storable } = prepareForStorage(asked, head, undefined, policy)
  if (action !== 'insert') return body
  const entry = transactions.claim(asked, key, inFlight)
  if (entry === undefined) return body
  try {
    const suggested = suggestedOptions(storable, {
      policy,
      key,
      delayMs: clock.now() - sentMs,
      responseWallMs: clock.wallNow(),
    })
    const { writer, entry: back } = entry.insertAndStreamBack(storable, {
      ...suggested,
      surrogateKeys: surrogateKeys([...suggested.surrogateKeys, ...values(storable.fields, 'surrogate-key')]),
      length: body.length,
    })
    const stored = back.object?.body.reader() ?? body
    back.close()
    append(writer, body, writer)
    return stored
  } finally {
    entry.close()
  }
}
