/** What people block with today: `synckit`, with `ky` in the thread it starts. */

import { fileURLToPath } from 'node:url'
import { createSyncFn } from 'synckit'
import type { Bringer } from '../bringer.js'
import type { Getter } from '../getter.js'
import type { Run } from './synckit-thread.js'

function start() {
  return createSyncFn<Run>(fileURLToPath(new URL('synckit-thread.js', import.meta.url)), { timeout: 30_000 })
}

export function getter(): Getter {
  const run = start()
  return { get: (url) => run('get', url).byteLength, close() {} }
}

/** The body lies in the other thread, and crosses as a message does. */
export function bringer(): Bringer {
  const run = start()
  let from = ''
  return {
    prepare(_bytes, url) {
      from = url
      run('keep', url)
    },
    bring: () => run('kept', from),
    close() {},
  }
}
