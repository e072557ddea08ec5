/** A thousand callers, blocked on four threads, ask for one page that is not cached: the origin is asked once. */

import { combined, Ledger } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

const CALLERS = 1000

export const coldCollapse: Scene = {
  name: 'cold collapse',
  on: 'any origin',
  expects: { callers: CALLERS, originRequests: 1, hits: CALLERS - 1 },
  async play({ cache, crew, origin, page }) {
    await cache.purge({ url: page.url })
    const gate = await origin.hold(page.url)
    const running = crew.play(blockTogether, { ...page, times: CALLERS / crew.size })
    await running.ready
    await gate.open()
    const account = combined(await running.results)
    return { account, note: `${CALLERS.toLocaleString('en')} callers blocked on ${crew.size} threads for a cold page` }
  },
}

/** On each thread: sends `times` requests, makes sure that the host has them, then blocks for one answer after another. */
export const blockTogether: Part<Ledger['account']> = (cache, { url, content, times }, ready) => {
  const ledger = new Ledger(content)
  const since = ledger.begin()
  const pendings = Array.from({ length: times }, () => cache.send(url))
  for (const pending of pendings) pending.poll()
  cache.stats() // a round trip on the same line: the host has heard of all requests before this
  ready()
  for (const pending of pendings) {
    const response = pending.wait()
    ledger.enter(response, response.bytes().wait(), since)
  }
  return ledger.account
}
