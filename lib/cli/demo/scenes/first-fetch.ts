/** Sends one request, shows the `Cache-Status` of its answer, and explains what the next request would get. */

import { expect, MissedError } from '../expect.js'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

/** Seconds for which the page must stay fresh: at least as long as the tour takes. */
const FRESH_ENOUGH = 30

export const firstFetch: Scene = {
  name: 'first fetch',
  on: 'any origin',
  expects: { callers: 1, originRequests: 1, hits: 0 },
  async play({ cache, page }) {
    await cache.purge({ url: page.url })
    const ledger = new Ledger(page.content)
    const since = ledger.begin()
    const response = await cache.send(page.url)
    ledger.enter(response, await response.bytes(), since)
    const said = response.headers.get('cache-status') ?? 'nothing'
    const { ttl = 0 } = response
    if (ttl < FRESH_ENOUGH) throw new MissedError(`the page is not cacheable for ${FRESH_ENOUGH} s (${said})`)
    const explanation = await cache.explain(page.url)
    expect('the next request is', explanation.decision, 'hit')
    return { account: ledger.account, note: `Cache-Status: ${said}` }
  },
}
