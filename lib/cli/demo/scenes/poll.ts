/** A busy loop looks, now and then, whether its answer has come, and gets other work done in between. */

import { createHash } from 'node:crypto'
import { Ledger, together } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

/** How often each thread digests the page before the origin may answer. */
const ENOUGH = 500

export const poll: Scene = {
  name: 'poll',
  on: 'any origin',
  expects: { callers: 4, originRequests: 1, hits: 3 },
  async play({ cache, crew, origin, page }) {
    await cache.purge({ url: page.url })
    const gate = await origin.hold(page.url)
    const shift = crew.play(workAndPoll, { ...page, times: ENOUGH })
    await shift.ready
    await gate.open()
    const results = await shift.results
    const digests = results.reduce((sum, { digests }) => sum + digests, 0)
    const account = together(results.map(({ account }) => account))
    return { account, note: `${digests.toLocaleString('en')} digests of the page computed between looks` }
  },
}

/** On each thread: no `await`, no callback; the loop is the program's own. */
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
