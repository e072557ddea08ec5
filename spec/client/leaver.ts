/** A process that gets a stale answer, cancels it, and has nothing left to do; its exit code says what became of the fetch. */

import { openCache, startHost } from '../../lib/index.js'

const [, , placement, url = ''] = process.argv
const cache = placement === 'host' ? (await startHost()).connect() : openCache()

await (await cache.send(url)).text()
const stale = await cache.send(url)
stale.cancel()
// Looked at only at the end: whoever awaits it holds the process up by that.
process.on('exit', () => {
  process.exitCode = stale.revalidation?.poll().ready ? 0 : 3
})
