/** Candidates of leaders: of one that found nothing, and of one that found something to validate. */

import type { LocalHost } from '../../lib/host/local-host.js'
import type { RequestHead, ResponseHead } from '../../lib/http/message.js'
import { type Policy, rfc9111 } from '../../lib/http/policy.js'
import { Candidate } from '../../lib/pending/candidate.js'
import type { CacheOverride } from '../../lib/pending/override.js'
import { GET, ok, setting } from './fixture.js'

interface Given {
  readonly override?: CacheOverride
  readonly policy?: Policy
  readonly state?: number
  /** Bytes of the body, where they are known. */
  readonly text?: string
}

/** A candidate of a leader that found nothing. */
export function candidate(
  received: ResponseHead,
  { override = 'none', policy = rfc9111, state = 8, text = '' }: Given = {},
) {
  const { host } = setting(policy)
  const entry = host.lookup(GET, {})
  const { writer, body } = host.pipe()
  host.write(writer, new TextEncoder().encode(text))
  host.finish(writer)
  return new Candidate({ host, entry, isHeld: () => true, head: received, body, override, policy, state })
}

/** A candidate of a leader that found something to validate. */
export async function validation(received: ResponseHead, policy: Policy = rfc9111, windows = ', stale-if-error=60') {
  const { host, clock, stored } = setting(policy)
  await stored(ok(`max-age=1${windows}`, 'old', { etag: '"1"' }))
  clock.advance(2000)
  return leaderCandidate(host, received, { policy })
}

/** The candidate of a new lookup, which leads. */
export function leaderCandidate(
  host: LocalHost,
  received: ResponseHead,
  { request = GET, policy = rfc9111 }: { request?: RequestHead; policy?: Policy } = {},
) {
  const entry = host.lookup(request, {})
  const { body } = host.pipe()
  return new Candidate({
    host,
    entry,
    isHeld: () => true,
    head: received,
    body,
    override: 'none',
    policy,
    state: host.state(entry),
  })
}
