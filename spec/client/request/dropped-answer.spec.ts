/** An answer that nobody gets, since its request failed or was cancelled after it had come, holds nothing. */

import { ensure, until } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../../lib/index.js'
import { Barrier } from '../../kit/barrier.js'
import { failureOf } from '../../kit/failures.js'

for (const why of ['has failed', 'was cancelled'] as const) {
  test(`the body of an answer whose request ${why} while a hook's clean-up went on is closed`, async () => {
    await using cache = openCache({
      fetch: async () => new Response('for one', { headers: { 'cache-control': 'no-store' } }),
    })
    const [held, gate] = [new Barrier(), new Barrier()]
    const pending = cache.send('http://origin/', {
      *afterSend() {
        yield* ensure(function* () {
          held.open()
          yield* until(gate.opened)
          if (why === 'has failed') throw new RangeError('cannot clean up')
        })
      },
    })
    const failure = failureOf(pending)
    await held.opened
    if (why === 'was cancelled') pending.cancel()
    gate.open()
    assert.is((await failure).name, why === 'has failed' ? 'RangeError' : 'CancelledError')
    assert.is(cache.stats().handles, 0)
  })
}

test.run()
