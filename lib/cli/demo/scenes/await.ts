/** Shows a request on an event loop: `await` a pending request, or `fetch` for a standard `Response`. */

import { expect } from '../expect.js'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

const CALLERS = 500

export const awaiting: Scene = {
  name: 'await',
  on: 'any origin',
  expects: { callers: CALLERS, originRequests: 1, hits: CALLERS - 1 },
  async play({ cache, page }) {
    await cache.purge({ url: page.url })
    const ledger = new Ledger(page.content)
    const caller = async () => {
      const since = ledger.begin()
      const response = await cache.send(page.url)
      ledger.enter(response, await response.bytes(), since)
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    const response = await cache.fetch(page.url)
    expect('what fetch resolves to', response instanceof Response, true)
    expect('its bytes', Buffer.compare(new Uint8Array(await response.arrayBuffer()), page.content), 0)
    return { account: ledger.account, note: `${CALLERS} callers awaited on one event loop, and a fetch` }
  },
}
