/** Callers that close their connection before their answer is whole. */

import type { Fields, Group } from '../declaration.js'

const FRESH: Fields = [['Cache-Control', 'max-age=60']]

export const leaving: Group = {
  id: 'leaving',
  name: 'Leaving',
  tests: [
    {
      id: 'leader-leaves-waiting',
      name: 'A leader that leaves before the answer costs the others nothing',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', leaves: 'waiting' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
    {
      id: 'leader-leaves-reading',
      name: 'A leader that leaves in the middle of the body costs the others nothing',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', leaves: 'reading' },
        { expected_body_bytes: 20_000, expected_first_byte: 'before the end' },
      ],
      responses: [{ response_headers: FRESH, response_body_bytes: 20_000, response_body_pause: 500 }],
      expected_origin_requests: 1,
    },
    {
      id: 'leader-leaves-uncacheable',
      name: 'A leader that leaves before an uncacheable answer costs the others one round trip at most',
      kind: 'required',
      requests: [{ callers: 1, sends: 'first', leaves: 'waiting' }, { expected_rounds: 2 }],
      responses: [{ response_headers: [['Cache-Control', 'no-store']] }],
      expected_different: 'body',
    },
    {
      id: 'followers-leave-waiting',
      name: 'Followers that leave before the answer cost the others nothing',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_body: 'answer 1', expected_rounds: 1 },
        { leaves: 'waiting' },
        { expected_body: 'answer 1', expected_rounds: 1 },
      ],
      responses: [{ response_headers: FRESH }],
      expected_origin_requests: 1,
    },
    {
      id: 'followers-leave-reading',
      name: 'Followers that leave in the middle of the body cost the others nothing',
      kind: 'required',
      requests: [
        { callers: 1, sends: 'first', expected_body_bytes: 20_000 },
        { leaves: 'reading' },
        { expected_body_bytes: 20_000 },
      ],
      responses: [{ response_headers: FRESH, response_body_bytes: 20_000, response_body_pause: 500 }],
      expected_origin_requests: 1,
    },
  ],
}
