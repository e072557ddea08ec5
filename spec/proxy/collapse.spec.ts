/** The collapse suite of the bench in a few seconds: the same tests through `tidewait serve`, with few callers and a quick origin. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tidewait } from '../../bench/collapse/caches/tidewait.js'
import type { CollapseTest } from '../../bench/collapse/declaration.js'
import { session } from '../../bench/collapse/session.js'
import { groups } from '../../bench/collapse/tests/index.js'

const CALLERS = 8
const PAUSE_MS = 20
/** The machine may be busy; a cache that lets callers wait for nothing takes longer still. */
const SLACK_MS = 4000

const tests = groups.flatMap((group) => group.tests.map(quickly))
const played = await session({ tests, caches: [tidewait], callers: CALLERS, rounds: 1, slackMs: SLACK_MS })

for (const { id, name } of tests) {
  test(`${id}: ${name}`, () => {
    assert.equal(played.find((each) => each.id === id)?.instead, [])
  })
}

test('no two tests have the same name or the same id', () => {
  assert.is(new Set(tests.map(({ id }) => id)).size, tests.length)
  assert.is(new Set(tests.map(({ name }) => name)).size, tests.length)
})

function quickly(test: CollapseTest): CollapseTest {
  return { ...test, responses: test.responses.map((answer) => ({ response_pause: PAUSE_MS, ...answer })) }
}

test.run()
