/** The stored object is no longer fresh. */

import type { Fields, Group } from '../declaration.js'

const TAG: Fields = [['ETag', '"tide"']]

export const stale: Group = {
  id: 'stale',
  name: 'Stale',
  tests: [
    {
      id: 'stale-while-revalidate',
      name: 'Within stale-while-revalidate no caller waits, and one request revalidates',
      kind: 'required',
      spec: 'RFC 5861 3',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=1, stale-while-revalidate=600']] } }],
      pause_after_setup: 2100,
      requests: [{ expected_body: 'answer 1', expected_rounds: 0 }],
      responses: [{ response_headers: [['Cache-Control', 'max-age=60']], response_pause: 1000 }],
      expected_origin_requests: 1,
    },
    {
      id: 'stale-while-revalidate-no-head',
      name: 'Within stale-while-revalidate no caller notices a revalidation that fails',
      kind: 'required',
      spec: 'RFC 5861 3',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=1, stale-while-revalidate=600']] } }],
      pause_after_setup: 2100,
      requests: [{ expected_body: 'answer 1', expected_rounds: 0 }],
      responses: [{ response_fault: 'no head', response_pause: 1000 }],
      expected_origin_requests: 1,
    },
    {
      id: 'stale-if-error',
      name: 'Within stale-if-error all callers get the stale answer if the origin closes the connection of the leader',
      kind: 'required',
      spec: 'RFC 5861 4',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=1, stale-if-error=600']] } }],
      pause_after_setup: 2100,
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_fault: 'no head' }],
      // As in `no-head`: the leader may send its request once more.
      expected_origin_requests: [1, 2],
    },
    {
      id: 'stale-if-error-503',
      name: 'Within stale-if-error all callers get the stale answer if the leader gets a 503',
      kind: 'required',
      spec: 'RFC 5861 4',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=1, stale-if-error=600']] } }],
      pause_after_setup: 2100,
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_status: 503 }],
      expected_origin_requests: 1,
    },
    {
      id: 'not-modified',
      name: 'One 304 is shared by all that wait for it',
      kind: 'required',
      spec: 'RFC 9111 4.3.4',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=1'], ...TAG] } }],
      pause_after_setup: 2100,
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_status: 304, response_headers: [['Cache-Control', 'max-age=60'], ...TAG] }],
      expected_origin_requests: 1,
      expected_request_headers: ['if-none-match'],
    },
    {
      id: 'not-modified-freshness-0',
      name: 'One 304 with a freshness lifetime of 0 is shared by all that wait for it',
      kind: 'required',
      spec: 'RFC 9111 4',
      setup: [{ response: { response_headers: [['Cache-Control', 'max-age=0'], ...TAG] } }],
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_status: 304, response_headers: [['Cache-Control', 'max-age=0'], ...TAG] }],
      expected_origin_requests: 1,
      expected_request_headers: ['if-none-match'],
    },
  ],
}
