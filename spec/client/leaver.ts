/** A process that gets a stale answer, drops it, and has nothing left to do; it says by its exit code what became of the fetch. */

import { openCache, startHost } from '../../lib/index.js'

const [, , placement, url = ''] = process.argv
const cache = placement === 'host' ? (await startHost()).connect() : openCache()
let background: 'under way' | 'done' | 'failed' = 'under way'
process.on('exit', () => {
  process.exitCode = background === 'done' ? 0 : 3
})

await (await cache.send(url)).text()
const stale = await cache.send(url)
stale.revalidation?.then(
  () => {
    background = 'done'
  },
  () => {
    background = 'failed'
  },
)
stale.cancel()
