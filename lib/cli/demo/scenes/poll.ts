/** A busy loop polls for its answer between pieces of other work. */

import { createHash } from 'node:crypto'
import { combined, Ledger } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

/** How many digests of the page each thread computes before the origin may answer. */
const ENOUGH = 500

export const poll: Scene = {
  name: 'poll',
  on: 'any origin',
  expects: { callers: 4, originRequests: 1, hits: 3 },
  async play({ cache, crew, origin, page }) {
    await cache.purge({ url: page.url })
    const gate = await origin.hold(page.url)
    const running = crew.play(workAndPoll, { ...page, times: ENOUGH })
    await running.ready
    await gate.open()
    const results = await running.results
    const digests = results.reduce((sum, { digests }) => sum + digests, 0)
    const account = combined(results.map(({ account }) => account))
    return { account, note: `${digests.toLocaleString('en')} digests of the page computed between looks` }
  },
}

/** On each thread: without `await` or callbacks, in a loop of the program's own. */
export const workAndPoll: Part<{ account: Ledger['account']; digests: number }> = (cache, task, ready) => {
  const ledger = new Ledger(task.content)
  const since = ledger.begin()
  const pending = cache.send(task.url)
  let look = pending.poll()
  let digests = 0
  while (!look.ready) {
    createHash('sha256').update(task.content).digest()
    if (++digests === task.times) ready()
    look = pending.poll()
  }
  ledger.enter(look.value, look.value.bytes().wait(), since)
  return { account: ledger.account, digests }
}
