/** The origin fails, and no stored answer can be used instead. */

import type { Fields, Group } from '../declaration.js'

const FRESH: Fields = [['Cache-Control', 'max-age=60']]
const GATEWAY = [502, 503, 504] as const

export const failing: Group = {
  id: 'failing',
  name: 'Failing',
  tests: [
    {
      id: 'no-head',
      name: 'When the origin closes the connection of the leader, its followers share the failure, and no follower sends a request',
      kind: 'required',
      // The origin may have closed the connection because it was idle, so the leader may send its request once more.
      spec: 'RFC 9112 9.3.1',
      requests: [
        { callers: 1, sends: 'first', expected_status: GATEWAY },
        { expected_status: GATEWAY, expected_rounds: 1 },
      ],
      responses: [{ response_fault: 'no head' }],
      expected_origin_requests: [1, 2],
    },
    {
      id: 'status-503',
      name: 'An error that may not be stored releases all followers at once',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_status: 503 },
        { expected_status: 503, expected_rounds: 2 },
      ],
      responses: [{ response_status: 503 }],
      expected_at_once: 'many',
    },
    {
      id: 'status-503-fresh',
      name: 'An error that may be stored is shared like any other answer',
      kind: 'required',
      spec: 'RFC 9111 4',
      requests: [
        { callers: 1, sends: 'first', expected_status: 503, expected_body: 'answer 1' },
        { expected_status: 503, expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_status: 503, response_headers: [['Cache-Control', 'max-age=5']] }],
      expected_origin_requests: 1,
    },
    {
      id: 'half-a-body',
      name: 'A body of declared length that breaks off is never taken for a whole one',
      kind: 'required',
      spec: 'RFC 9111 3.3',
      requests: [
        { callers: 1, sends: 'first', expected_end: 'broken' },
        { expected_end: 'broken', expected_rounds: 2 },
      ],
      responses: [
        {
          response_headers: FRESH,
          response_body_bytes: 20_000,
          response_body_pause: 50,
          response_fault: 'half a body',
        },
      ],
      expected_origin_requests: 1,
    },
    {
      id: 'half-a-body-chunked',
      name: 'A chunked body that breaks off is never taken for a whole one',
      kind: 'required',
      spec: 'RFC 9112 8',
      requests: [
        { callers: 1, sends: 'first', expected_end: 'broken' },
        { expected_end: 'broken', expected_rounds: 2 },
      ],
      responses: [
        {
          response_headers: FRESH,
          response_body_bytes: 20_000,
          response_framing: 'chunked',
          response_body_pause: 50,
          response_fault: 'half a body',
        },
      ],
      expected_origin_requests: 1,
    },
    {
      id: 'half-a-body-forgotten',
      name: 'A body that broke off is not stored: the next caller gets a whole one',
      kind: 'required',
      spec: 'RFC 9111 3.3',
      setup: [{ response: { response_headers: FRESH, response_body_bytes: 20_000, response_fault: 'half a body' } }],
      requests: [{ expected_body_bytes: 20_000 }],
      responses: [{ response_headers: FRESH, response_body_bytes: 20_000 }],
      expected_origin_requests: 1,
    },
  ],
}
