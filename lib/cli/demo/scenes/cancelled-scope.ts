/** Halts a scope: its requests end with it, its leader's fetch as well, and a waiter on another thread becomes the leader. */

import { all, run } from 'effection'
import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { combined } from '../ledger.js'
import type { Scene } from '../scene.js'
import { blockTogether } from './cold-collapse.js'

const HALTED = 250
const CALLERS = 100

export const cancelledScope: Scene = {
  name: 'scope halted',
  on: 'our own origin',
  expects: { callers: CALLERS, originRequests: 2, hits: CALLERS - 1 },
  async play({ host, cache, crew, origin }) {
    const file = 'LICENSE'
    const content = await projectFile(file)
    const url = await origin.publish('/halted', { file, headers: { 'cache-control': 'max-age=60' } })
    const gate = await origin.hold(url)
    const scope = run(() => all(Array.from({ length: HALTED }, () => cache.send(url))))
    await origin.arrived(url, 1)
    const running = crew.play(blockTogether, { url, content, times: CALLERS / crew.size })
    await running.ready

    await scope.halt()
    await origin.hungUp(url, 1)
    await origin.arrived(url, 2)
    expect('requests of this thread', cache.stats().requests.pending, 0)
    expect('obligations', host.stats().transactions.obligations, 1)

    await gate.open()
    const account = combined(await running.results)
    expect('obligations after the answer', host.stats().transactions.obligations, 0)
    return { account, note: `${HALTED} requests ended with their scope, another thread's took over` }
  },
}
