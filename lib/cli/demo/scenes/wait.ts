/** A thread blocks for its answer; one that has lost patience goes on later with the same request. */

import { TimeoutError } from '../../../base/errors.js'
import { expect } from '../expect.js'
import { Ledger, together } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

export const wait: Scene = {
  name: 'wait',
  on: 'any origin',
  expects: { callers: 4, originRequests: 1, hits: 3 },
  async play({ cache, crew, origin, page }) {
    await cache.purge({ url: page.url })
    const gate = await origin.hold(page.url)
    const shift = crew.play(losePatience, { ...page, times: 1 })
    await shift.ready
    await gate.open()
    const results = await shift.results
    if (gate.keeps === 'the page') for (const { timeouts } of results) expect('timeouts of a thread', timeouts, 1)
    const account = together(results.map(({ account }) => account))
    return { account, note: `${crew.size} threads blocked, lost patience, blocked again, and were answered` }
  },
}

/** On each thread. A wait of 0 ms does not block at all; whether it is in vain is for the origin to say, unless that is held. */
export const losePatience: Part<{ account: Ledger['account']; timeouts: number }> = (cache, task, ready) => {
  const ledger = new Ledger(task.content)
  const since = ledger.begin()
  const pending = cache.send(task.url)
  let timeouts = 0
  try {
    pending.wait({ timeoutMs: 0 })
  } catch (failure) {
    if (!(failure instanceof TimeoutError)) throw failure
    timeouts++
  }
  ready()
  const response = pending.wait()
  ledger.enter(response, response.bytes().wait(), since)
  return { account: ledger.account, timeouts }
}
