/** The origin fails in two ways: callers get the stale page, and the masked failure with it (RFC 5861 4). */

import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { combined, Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'
import { blockTogether } from './cold-collapse.js'

const CALLERS = 100

export const staleIfError: Scene = {
  name: 'origin fails',
  on: 'our own origin',
  expects: { callers: CALLERS + 2, originRequests: 3, hits: CALLERS + 1 },
  async play({ cache, crew, origin }) {
    const file = 'LICENSE'
    const content = await projectFile(file)
    const ledger = new Ledger(content)
    const url = await origin.publish('/wreck', { file, headers: { 'cache-control': 'max-age=0, stale-if-error=60' } })
    const ask = async () => {
      const since = ledger.begin()
      const response = await cache.send(url)
      ledger.enter(response, await response.bytes(), since)
      return response
    }
    await ask()

    await origin.publish('/wreck', { file, status: 503 })
    const gate = await origin.hold(url)
    const running = crew.play(blockTogether, { url, content, times: CALLERS / crew.size })
    await running.ready
    await gate.open()
    const refused = combined(await running.results)
    expect('stale answers for a 503', refused.stale, CALLERS)

    await origin.publish('/wreck', { file, fault: 'hang up' })
    const { isStale, maskedError } = await ask()
    expect('stale for a broken connection', isStale, true)
    expect('the failure behind it', maskedError?.code, 'ConnectionTerminated')
    expect('whose fault that is', maskedError?.blame, 'origin')
    const account = combined([ledger.account, refused])
    return { account, note: `stale for a 503 and a broken connection (${account.masked.join(', ')})` }
  },
}
