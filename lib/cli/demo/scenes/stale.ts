/** A stale page is given at once, while one background fetch brings the new one (RFC 5861 3). */

import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { combined, Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'
import { askInARow } from './warm-hits.js'

const CALLERS = 100

export const staleWhileRevalidate: Scene = {
  name: 'stale, refreshed',
  on: 'our own origin',
  expects: { callers: CALLERS + 3, originRequests: 2, hits: CALLERS + 2 },
  async play({ cache, crew, origin }) {
    const before = new Ledger(await projectFile('LICENSE'))
    const after = new Ledger(await projectFile('README.md'))
    const url = await origin.publish('/tide', { file: 'LICENSE', headers: { 'cache-control': STALE_AT_ONCE } })
    const ask = async (ledger: Ledger) => {
      const since = ledger.begin()
      const response = await cache.send(url)
      ledger.enter(response, await response.bytes(), since)
      return response
    }
    await ask(before)
    await origin.publish('/tide', { file: 'README.md', headers: { 'cache-control': 'max-age=60' } })
    const gate = await origin.hold(url)
    const { revalidation } = await ask(before)
    const others = crew.play(askInARow, {
      url,
      content: await projectFile('LICENSE'),
      times: CALLERS / crew.size,
    })
    const stale = combined(await others.results)
    expect('stale answers while the origin is silent', stale.stale, CALLERS)
    await gate.open()
    await revalidation
    const fresh = await ask(after)
    expect('stale after the refresh', fresh.isStale, false)
    const account = combined([before.account, stale, after.account])
    return { account, note: `${CALLERS + 1} stale answers while the origin was silent, then the new page` }
  },
}

const STALE_AT_ONCE = 'max-age=0, stale-while-revalidate=60'
