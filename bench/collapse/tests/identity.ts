/** Requests that identify a user, by `Authorization` or `Cookie`. */

import type { Fields, Group } from '../declaration.js'

const OWN: Fields = [['Authorization', 'Basic user-{n}']]

export const identity: Group = {
  id: 'identity',
  name: 'Identity',
  tests: [
    {
      id: 'authorization',
      name: 'Callers with different credentials get answers of their own, not one after another',
      kind: 'required',
      spec: 'RFC 9111 3.5',
      requests: [
        { callers: 1, sends: 'first', request_headers: OWN, expected_body: 'for Basic user-{n}' },
        { request_headers: OWN, expected_body: 'for Basic user-{n}', expected_rounds: 2 },
      ],
      responses: [{ response_headers: [['Cache-Control', 'max-age=60']], response_body: 'for {authorization}' }],
      expected_origin_requests: 'one per caller',
    },
    {
      id: 'authorization-public',
      name: 'Callers with different credentials share an answer that the origin calls public',
      kind: 'optimal',
      spec: 'RFC 9111 3.5',
      requests: [
        { callers: 1, sends: 'first', request_headers: OWN, expected_body: 'answer 1' },
        { request_headers: OWN, expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: [['Cache-Control', 'public, max-age=60']] }],
      expected_origin_requests: 1,
    },
    {
      id: 'authorization-beside-none',
      name: 'A caller without credentials never gets an answer that was fetched with the credentials of another',
      kind: 'required',
      spec: 'RFC 9111 3.5',
      requests: [
        { callers: 1, sends: 'first', request_headers: OWN, expected_body: 'for Basic user-{n}' },
        { expected_body: 'for ', expected_rounds: 2 },
      ],
      responses: [{ response_headers: [['Cache-Control', 'max-age=60']], response_body: 'for {authorization}' }],
    },
    {
      id: 'cookie-private',
      name: 'Callers with different cookies get answers of their own if the origin calls them private',
      kind: 'required',
      spec: 'RFC 9111 5.2.2.7',
      requests: [
        { callers: 1, sends: 'first', request_headers: [['Cookie', 'id={n}']], expected_body: 'for id={n}' },
        { request_headers: [['Cookie', 'id={n}']], expected_body: 'for id={n}', expected_rounds: 2 },
      ],
      responses: [{ response_headers: [['Cache-Control', 'private']], response_body: 'for {cookie}' }],
      expected_origin_requests: 'one per caller',
    },
  ],
}
