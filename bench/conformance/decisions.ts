/** Behaviours the suite asks for and this cache does not show, each with the reason and the paragraph it rests on. */

const UNANSWERABLE =
  'the origin hangs up, and we answer with an error as we must (RFC 9111 5.2.2.2); the test takes any answer without a field of its own server for a stored one, so that no proxy can pass it'

const INCONSISTENT_PART =
  'the 206 says six bytes and carries five, and has no strong validator (RFC 9111 3.4, RFC 9110 15.3.7.3)'

export const DECISIONS: Readonly<Record<string, string>> = {
  'stale-close-must-revalidate': UNANSWERABLE,
  'stale-close-proxy-revalidate': UNANSWERABLE,
  'stale-close-no-cache': UNANSWERABLE,
  'stale-close-s-maxage=2': UNANSWERABLE,
  'age-parse-prefix':
    'an Age that is said twice makes an answer stale, on one line as on two (RFC 9111 4.2.1); the suite has the first number on one line, and neither for "0, 0"',
  '304-etag-update-response-ETag': 'a 304 with another strong tag must not update what is stored (RFC 9111 4.3.4)',
  'conditional-lm-fresh-no-lm':
    'without Last-Modified the Date is compared, and it is later than what the client has (RFC 9111 4.3.2)',
  'vary-normalise-lang-select':
    "whether another variant would have been chosen is the origin's to say: only spellings of one and the same list are one (RFC 9111 4.1)",
  'partial-store-partial-reuse-partial': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-byterange': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-absent': INCONSISTENT_PART,
  'partial-store-partial-reuse-partial-suffix': INCONSISTENT_PART,
  'partial-store-partial-complete':
    'parts without a strong validator must not be combined, so there is no use in asking for the rest (RFC 9111 3.4)',
}
