/** A thread blocks for its answer with `wait`, times out, and later waits for the same request again. */

import { TimeoutError } from '../../../base/errors.js'
import { expect } from '../expect.js'
import { combined, Ledger } from '../ledger.js'
import type { Part } from '../part.js'
import type { Scene } from '../scene.js'

export const wait: Scene = {
  name: 'wait',
  on: 'any origin',
  expects: { callers: 4, originRequests: 1, hits: 3 },
  async play({ cache, crew, origin, page }) {
    await cache.purge({ url: page.url })
    const gate = await origin.hold(page.url)
    const running = crew.play(losePatience, { ...page, times: 1 })
    await running.ready
    await gate.open()
    const results = await running.results
    if (gate.keeps === 'the page') for (const { timeouts } of results) expect('timeouts of a thread', timeouts, 1)
    const account = combined(results.map(({ account }) => account))
    return { account, note: `${crew.size} threads blocked, lost patience, blocked again, and were answered` }
  },
}

/** On each thread. A wait of 0 ms never blocks. It times out for certain only if the origin holds the page back. */
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
