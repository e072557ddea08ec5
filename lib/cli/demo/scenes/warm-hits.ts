/** Four threads ask for a cached page over and over: the origin gets no request. */

import { combined, Ledger } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

const CALLERS = 4000

export const warmHits: Scene = {
  name: 'warm hits',
  on: 'any origin',
  expects: { callers: CALLERS, originRequests: 0, hits: CALLERS },
  async play({ crew, page }) {
    const account = combined(await crew.play(askInARow, { ...page, times: CALLERS / crew.size }).results)
    return { account, note: `${(CALLERS / crew.size).toLocaleString('en')} in a row on each of ${crew.size} threads` }
  },
}

export const askInARow: Part<Ledger['account']> = (cache, { url, content, times }) => {
  const ledger = new Ledger(content)
  for (let nth = 0; nth < times; nth++) {
    const since = ledger.begin()
    const response = cache.send(url).wait()
    ledger.enter(response, response.bytes().wait(), since)
  }
  return ledger.account
}
