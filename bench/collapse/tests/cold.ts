/** Nothing is stored, and the answer is cacheable. */

import type { Group } from '../declaration.js'

const FRESH = [['Cache-Control', 'max-age=60']] as const
const ONE = 'answer 1'

export const cold: Group = {
  id: 'cold',
  name: 'Cold',
  tests: [
    {
      id: 'cold',
      name: 'Callers that come while a cacheable answer is fetched get that answer',
      kind: 'required',
      spec: 'RFC 9111 4',
      requests: [
        { callers: 1, sends: 'first', expected_body: ONE },
        { expected_body: ONE, expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-together',
      name: 'Of callers that come at the same moment, one fetches for all',
      kind: 'required',
      spec: 'RFC 9111 4',
      requests: [{ expected_body: ONE, expected_rounds: 1 }],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-stream',
      name: 'A body that takes a second is streamed to the followers as it comes',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_body_bytes: 20_000 },
        { expected_body_bytes: 20_000, expected_first_byte: 'before the end' },
      ],
      responses: [
        {
          response_headers: FRESH,
          response_body_bytes: 20_000,
          response_framing: 'chunked',
          response_body_pause: 1000,
        },
      ],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-late',
      name: 'Callers that come in the middle of a body get it from its beginning, at once',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_body_bytes: 20_000 },
        { sends: 'late', expected_body_bytes: 20_000, expected_first_byte: 'before the end' },
      ],
      responses: [{ response_headers: FRESH, response_body_bytes: 20_000, response_body_pause: 1000 }],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-slow-leader',
      name: 'A leader that does not read its body delays no follower',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', reads: 'last', expected_body_bytes: 16_000_000 },
        { callers: 3, expected_body_bytes: 16_000_000 },
      ],
      responses: [{ response_headers: FRESH, response_body_bytes: 16_000_000 }],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-slow-follower',
      name: 'A follower that does not read its body delays no other caller',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_body_bytes: 16_000_000 },
        { callers: 1, reads: 'last', expected_body_bytes: 16_000_000 },
        { callers: 2, expected_body_bytes: 16_000_000 },
      ],
      responses: [{ response_headers: FRESH, response_body_bytes: 16_000_000 }],
      expected_origin_requests: 1,
    },
    {
      id: 'cold-vary',
      name: 'An answer with Vary is shared by matching requests; the others share a second fetch',
      kind: 'required',
      spec: 'RFC 9111 4.1',
      requests: [
        { callers: 1, sends: 'first', request_headers: [['Accept-Language', 'en']], expected_body: 'for en' },
        { request_headers: [['Accept-Language', 'en']], expected_body: 'for en', expected_rounds: 1 },
        { request_headers: [['Accept-Language', 'fr']], expected_body: 'for fr', expected_rounds: 2 },
      ],
      responses: [
        { response_headers: [...FRESH, ['Vary', 'Accept-Language']], response_body: 'for {accept-language}' },
      ],
      expected_origin_requests: 2,
    },
  ],
}
