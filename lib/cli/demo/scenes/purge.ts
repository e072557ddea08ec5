/** Purges pages by a surrogate key that they share: they are gone for all threads at once. */

import { projectFile } from '../../kit/project.js'
import { expect } from '../expect.js'
import { Ledger } from '../ledger.js'
import type { Scene } from '../scene.js'

const PAGES = 12

export const purge: Scene = {
  name: 'purge',
  on: 'our own origin',
  expects: { callers: 3 * PAGES, originRequests: 2 * PAGES, hits: PAGES },
  async play({ cache, origin }) {
    const file = 'package.json'
    const headers = { 'cache-control': 'max-age=60', 'surrogate-key': 'chapter' }
    const ledger = new Ledger(await projectFile(file))
    const urls = await Promise.all(
      Array.from({ length: PAGES }, (_, at) => origin.publish(`/chapter/${at}`, { file, headers })),
    )
    const askForAll = () =>
      Promise.all(
        urls.map(async (url) => {
          const since = ledger.begin()
          const response = await cache.send(url)
          ledger.enter(response, await response.bytes(), since)
        }),
      )
    await askForAll()
    await askForAll()
    expect('pages purged', await cache.purge({ surrogateKey: 'chapter' }), PAGES)
    await askForAll()
    return { account: ledger.account, note: `${PAGES} pages purged by one key, and fetched again` }
  },
}
