/** Stores an answer to POST as the response to a GET of the same URL, where that is allowed (RFC 9110 9.3.3, RFC 9111 3). */

import type { BodyReader } from '../base/body.js'
import { values, without } from '../http/message.js'
import { answersGet } from '../http/methods.js'
import { suggestedOptions } from '../http/options.js'
import { prepareForStorage } from '../http/storage.js'
import { surrogateKeys } from '../http/surrogate-keys.js'
import { append } from './append.js'
import type { ForwardedAnswer, HostShared } from './shared.js'

export interface PostAnswer extends ForwardedAnswer {
  readonly body: BodyReader
}

/**
 * Stores the answer if that is allowed, and returns a reader of its body for the request's caller: `body` itself, or a reader of
 * the stored body once `body` goes into the store. The answer replaces a stored response however fresh that is, because the answer
 * is newer. Nothing is stored if the answer has no claim (`Transactions.claim`), for instance while a leader fetches the same by GET:
 * then that fetch is stored.
 */
export function storePostAnswer(
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
