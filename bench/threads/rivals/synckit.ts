/** The usual way to block on a request today: `synckit`, with `ky` in the thread that it starts. */

import { fileURLToPath } from 'node:url'
import { createSyncFn } from 'synckit'
import type { BodyReader } from '../body-reader.js'
import type { Getter } from '../getter.js'
import type { Run } from './synckit-thread.js'

function start() {
  return createSyncFn<Run>(fileURLToPath(new URL('synckit-thread.js', import.meta.url)), { timeout: 30_000 })
}

export function getter(): Getter {
  const run = start()
  return { get: (url) => run('get', url).byteLength, close() {} }
}

/** The body is in the memory of that thread, and reaches this one as a message. */
export function bodyReader(): BodyReader {
  const run = start()
  let storedUrl = ''
  return {
    prepare(_bytes, url) {
      storedUrl = url
      run('keep', url)
    },
    read: () => run('kept', storedUrl),
    close() {},
  }
}
