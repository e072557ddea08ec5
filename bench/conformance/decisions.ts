/** Tests of the suite that this cache fails by decision, each with the reason and the section of the RFC that supports it. */

const UNANSWERABLE =
  "the origin closes the connection, and the cache answers with an error, as RFC 9111 5.2.2.2 demands; the test takes every answer that lacks a field of the suite's server for a stored one, so no proxy can pass it"

const INCONSISTENT_PART =
  'the 206 declares six bytes, 4 to 9, and carries five: a part that contradicts itself is not stored (RFC 9110 14.4, 15.3.7); two of these tests read it as 4 to 8, two as 5 to 9'

export const DECISIONS: Readonly<Record<string, string>> = {
  'stale-close-must-revalidate': UNANSWERABLE,
  'stale-close-proxy-revalidate': UNANSWERABLE,
  'stale-close-no-cache': UNANSWERABLE,
  'stale-close-s-maxage=2': UNANSWERABLE,
  'age-parse-prefix':
    'the title of the test asks for a stale answer, its expectation for a fresh one; here an Age that is not one number makes an answer stale, as the other eleven tests of the group expect; RFC 9111 5.1 says to use the first member, and to ignore the field if that is no number, which would fail eight of them',
  'conditional-lm-fresh-no-lm':
    'without Last-Modified, If-Modified-Since is compared with the Date, which is later here (RFC 9111 4.3.2)',
  'partial-store-partial-reuse-partial': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-byterange': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-absent': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-suffix': INCONSISTENT_PART,
  'partial-store-partial-complete':
    'the stored part has no validator, so it must not be combined with another, and a request for the rest would be of no use (RFC 9111 3.3, 3.4)',
}
