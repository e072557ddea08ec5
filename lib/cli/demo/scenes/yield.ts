/** Shows a request as an operation of an Effection program, inside its structured concurrency. */

import { all, type Operation, run } from 'effection'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

const CALLERS = 100

export const yielding: Scene = {
  name: 'yield*',
  on: 'any origin',
  expects: { callers: CALLERS, originRequests: 1, hits: CALLERS - 1 },
  async play({ cache, page }) {
    await cache.purge({ url: page.url })
    const ledger = new Ledger(page.content)
    function* caller(): Operation<void> {
      const since = ledger.begin()
      const response = yield* cache.send(page.url)
      ledger.enter(response, yield* response.bytes(), since)
    }
    await run(() => all(Array.from({ length: CALLERS }, caller)))
    return { account: ledger.account, note: `${CALLERS} operations of an Effection program` }
  },
}
