/** Hooks around one fetch for many callers: they change the request, make the answer cacheable, and transform its body. */

import type { SendInit } from '../../../client/input/send-init.js'
import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

const CALLERS = 100

export const hooks: Scene = {
  name: 'hooks',
  on: 'our own origin',
  expects: { callers: CALLERS, originRequests: 1, hits: CALLERS - 1 },
  async play({ cache, origin }) {
    const url = await origin.publish('/hooks', { file: 'LICENSE', headers: { 'cache-control': 'no-store' } })
    const shouted = Buffer.from(
      Buffer.from(await projectFile('LICENSE'))
        .toString()
        .toUpperCase(),
    )
    const calls = { beforeSend: 0, afterSend: 0 }
    const init: SendInit = {
      beforeSend(request) {
        calls.beforeSend++
        request.headers.set('authorization', 'Bearer of the origin alone')
      },
      afterSend(candidate) {
        calls.afterSend++
        candidate.setCacheable()
        candidate.ttl = 60
        candidate.bodyTransform = shout
      },
    }
    const ledger = new Ledger(shouted)
    const caller = async () => {
      const since = ledger.begin()
      const response = await cache.send(url, init)
      ledger.enter(response, await response.bytes(), since)
    }
    await Promise.all(Array.from({ length: CALLERS }, caller))
    expect('calls of beforeSend', calls.beforeSend, 1)
    expect('calls of afterSend', calls.afterSend, 1)
    return { account: ledger.account, note: 'one fetch rewritten on its way, for all callers' }
  },
}

async function* shout(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(Buffer.from(chunk).toString('latin1').toUpperCase(), 'latin1')
}
