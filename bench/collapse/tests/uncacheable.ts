/** The answer may not be stored, or has a freshness lifetime of 0. */

import type { Fields, Group } from '../declaration.js'

const NO_STORE: Fields = [['Cache-Control', 'no-store']]
const FRESH: Fields = [['Cache-Control', 'max-age=60']]

export const uncacheable: Group = {
  id: 'uncacheable',
  name: 'Uncacheable',
  tests: [
    {
      id: 'no-store',
      name: 'An answer with no-store releases all followers at once, each to fetch its own',
      kind: 'required',
      spec: 'RFC 9111 5.2.2.5',
      requests: [{ callers: 1, sends: 'first' }, { expected_rounds: 2 }],
      responses: [{ response_headers: NO_STORE }],
      expected_origin_requests: 'one per caller',
      expected_at_once: 'many',
      expected_different: 'body',
    },
    {
      id: 'private',
      name: 'A private answer releases all followers at once, each to fetch its own',
      kind: 'required',
      spec: 'RFC 9111 5.2.2.7',
      requests: [{ callers: 1, sends: 'first' }, { expected_rounds: 2 }],
      responses: [{ response_headers: [['Cache-Control', 'private, max-age=60']] }],
      expected_origin_requests: 'one per caller',
      expected_at_once: 'many',
      expected_different: 'body',
    },
    {
      id: 'set-cookie',
      name: 'An answer that sets a cookie goes to one caller alone',
      kind: 'required',
      spec: 'RFC 9111 7.3',
      requests: [{ callers: 1, sends: 'first' }, { expected_rounds: 2 }],
      responses: [{ response_headers: [...FRESH, ['Set-Cookie', 'id={nth}']] }],
      expected_origin_requests: 'one per caller',
      expected_different: { field: 'set-cookie' },
    },
    {
      id: 'freshness-0',
      name: 'A cacheable answer with a freshness lifetime of 0 is shared by the followers that wait for it',
      kind: 'required',
      spec: 'RFC 9111 4',
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: [['Cache-Control', 'max-age=0']] }],
      expected_origin_requests: 1,
    },
    {
      id: 'mark-replaced',
      name: 'A cacheable answer after an uncacheable one is stored, and the next callers hit it',
      kind: 'required',
      setup: [{ response: { response_headers: NO_STORE } }, { response: { response_headers: FRESH } }],
      requests: [{ expected_body: 'answer 2', expected_rounds: 0 }],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 0,
    },
    {
      id: 'mark-lifted',
      name: 'Two seconds after an uncacheable answer, callers are collapsed again',
      kind: 'optimal',
      setup: [{ response: { response_headers: NO_STORE } }],
      pause_after_setup: 2100,
      requests: [{ callers: 1, sends: 'first' }, { expected_rounds: 1 }],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
  ],
}
