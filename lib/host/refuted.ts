/** A 304 that is about something else than the stored response: no later fetch sends validators. */

import type { Entry } from '../cache/entry.js'
import { first, type RequestHead, type ResponseHead } from '../http/message.js'
import { prepareForStorage } from '../http/storage.js'
import type { HostShared } from './shared.js'

/**
 * Takes note if the answer to a leader's fetch is such a 304 (RFC 9111 4.3.4). It fails that fetch (semantics 6.1-5), and would fail
 * every later one: the origin answers the same conditions alike. Conditions that a hook has put in their place prove nothing.
 */
export function noteIfRefuted(
  leader: Entry,
  sent: RequestHead,
  answer: ResponseHead,
  { policy }: Pick<HostShared, 'policy'>,
): void {
  if (answer.status !== 304 || leader.phase !== 'ready' || leader.object === undefined) return
  const { head, source } = leader.object
  if (first(sent.fields, 'if-none-match') !== first(head.fields, 'etag')) return
  if (prepareForStorage(leader.request, answer, head, policy).action === 'mismatched-validator') source.isRefuted = true
}
