/** Behaviours the suite asks for and this cache does not show, each with the reason and the paragraph it rests on. */

const UNANSWERABLE =
  'the origin hangs up, and we answer with an error as we must (RFC 9111 5.2.2.2); the test takes any answer without a field of its own server for a stored one, so that no proxy can pass it'

const INCONSISTENT_PART =
  'the 206 says six bytes, 4 to 9, and carries five: a part that contradicts itself is not stored (RFC 9110 14.4, 15.3.7); two of these tests read it as 4 to 8, two as 5 to 9'

export const DECISIONS: Readonly<Record<string, string>> = {
  'stale-close-must-revalidate': UNANSWERABLE,
  'stale-close-proxy-revalidate': UNANSWERABLE,
  'stale-close-no-cache': UNANSWERABLE,
  'stale-close-s-maxage=2': UNANSWERABLE,
  'age-parse-prefix':
    'its title asks for a stale answer, and its expectation for a fresh one; an Age that is not one number makes an answer stale here, as the other eleven tests of the group have it; RFC 9111 5.1 would rather take the first member, and none where that is no number, which fails eight of them',
  'conditional-lm-fresh-no-lm':
    'without Last-Modified the Date is compared, and it is later than what the client has (RFC 9111 4.3.2)',
  'partial-store-partial-reuse-partial': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-byterange': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-absent': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-suffix': INCONSISTENT_PART,
  'partial-store-partial-complete':
    'the part has no validator: it must not be combined with another, so that there is no use in asking for the rest (RFC 9111 3.3, 3.4)',
}
