/** Requests with different methods, ranges or preconditions for one URL. */

import type { Fields, Group } from '../declaration.js'

const FRESH: Fields = [['Cache-Control', 'max-age=60']]
const PART: Fields = [['Range', 'bytes=2-5']]
const TAG: Fields = [['ETag', '"tide"']]
const IF_CHANGED: Fields = [['If-None-Match', '"tide"']]
const DIGITS = '0123456789'

export const methods: Group = {
  id: 'methods',
  name: 'Methods',
  tests: [
    {
      id: 'head-beside-get',
      name: 'A HEAD that waits for a GET is answered by the same fetch, without a body',
      kind: 'required',
      spec: 'RFC 9110 9.3.2',
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { request_method: 'HEAD', expected_body: '', expected_rounds: 1 },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
    {
      id: 'head-leads',
      name: 'A GET that waits for a HEAD gets a body',
      kind: 'required',
      spec: 'RFC 9110 9.3.2',
      requests: [
        { callers: 1, sends: 'first', request_method: 'HEAD', expected_body: '' },
        { expected_rounds: 2, expected_response_headers: [['content-length', '8']] },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: [1, 2],
    },
    {
      id: 'range-beside-get',
      name: 'A range request that waits for a GET is answered by the same fetch',
      kind: 'required',
      spec: 'RFC 9110 14.2',
      requests: [
        { callers: 1, sends: 'first', expected_body: DIGITS },
        { request_headers: PART, expected_status: 206, expected_body: '2345', expected_rounds: 1 },
        { expected_body: DIGITS, expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH, response_body: DIGITS }],
      expected_origin_requests: 1,
    },
    {
      id: 'range-leads',
      name: 'A GET that waits for a range request gets the whole body',
      kind: 'required',
      spec: 'RFC 9111 3.3',
      requests: [
        { callers: 1, sends: 'first', request_headers: PART, expected_status: [200, 206] },
        { expected_body: DIGITS, expected_rounds: 2 },
      ],
      responses: [{ response_headers: FRESH, response_body: DIGITS }],
      expected_origin_requests: [1, 2],
    },
    {
      id: 'conditional-beside-get',
      name: 'A conditional request that waits for a GET gets its 304 from the same fetch',
      kind: 'required',
      spec: 'RFC 9111 4.3.2',
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { request_headers: IF_CHANGED, expected_status: 304, expected_body: '', expected_rounds: 1 },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: [...FRESH, ...TAG] }],
      expected_origin_requests: 1,
    },
    {
      id: 'conditional-leads',
      name: 'A GET that waits for a conditional request gets a body',
      kind: 'required',
      spec: 'RFC 9111 4.3.2',
      requests: [
        { callers: 1, sends: 'first', request_headers: IF_CHANGED, expected_status: [200, 304] },
        { expected_rounds: 2, expected_response_headers: [['content-length', '8']] },
      ],
      responses: [{ response_headers: [...FRESH, ...TAG] }],
      expected_origin_requests: [1, 2],
    },
    {
      id: 'post-beside-get',
      name: 'Every POST reaches the origin at once, while a GET for the same URL is shared',
      kind: 'required',
      spec: 'RFC 9110 9.2.2',
      requests: [
        { callers: 1, sends: 'first' },
        { request_method: 'POST', request_body: 'wave', expected_rounds: 1 },
        { expected_rounds: 2 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_methods: { POST: 'one per caller', GET: [1, 2] },
    },
    {
      id: 'no-cache-beside-get',
      name: 'Requests with no-cache share a fetch that is in flight',
      kind: 'optimal',
      spec: 'RFC 9111 5.2.1.4',
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1' },
        { request_headers: [['Cache-Control', 'no-cache']], expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
  ],
}
