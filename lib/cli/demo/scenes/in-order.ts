/** Takes several answers in the order they come, which is not the order of the requests. */

import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

const PAGES = 5

export const inOrder: Scene = {
  name: 'as they come',
  on: 'our own origin',
  expects: { callers: PAGES, originRequests: PAGES, hits: 0 },
  async play({ cache, origin }) {
    const file = 'package.json'
    const ledger = new Ledger(await projectFile(file))
    const urls = await Promise.all(Array.from({ length: PAGES }, (_, at) => origin.publish(`/page/${at}`, { file })))
    const gates = await Promise.all(urls.map((url) => origin.hold(url)))
    const since = ledger.begin()
    const answers = cache.asCompleted(urls.map((url) => cache.send(url)))
    // Opens the gate of the last page first. Each answer then opens the gate of the page before its own.
    await gates.at(-1)?.open()
    const order: number[] = []
    for await (const answer of answers) {
      if (answer.status === 'rejected') throw answer.reason
      ledger.enter(answer.value, await answer.value.bytes(), since)
      order.push(answer.index)
      await gates[answer.index - 1]?.open()
    }
    expect('the order of the answers', order.join(', '), '4, 3, 2, 1, 0')
    return { account: ledger.account, note: `asked for 0 to 4, let through from 4 to 0, answered ${order.join(', ')}` }
  },
}
