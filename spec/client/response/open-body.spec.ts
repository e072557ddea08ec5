/** An OpenBody gives its body back once, and leaves alone what comes later under the same handle. */

import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openHost } from '../../../lib/client/open-cache.js'
import { OpenBody } from '../../../lib/client/response/open-body.js'
import { collect } from '../../kit/garbage.js'

/** Once what `begin` leaves behind was collected, and whoever waits for that has heard of it. */
async function forget(begin: () => Promise<OpenBody>): Promise<void> {
  const forgotten = new WeakRef(await begin())
  while (forgotten.deref() !== undefined) {
    await turn()
    collect()
  }
  for (let turns = 0; turns < 3; turns++) await turn()
}

test('an OpenBody that is forgotten gives its body back', async () => {
  const { host } = openHost({})
  const { body } = host.pipe()
  await forget(async () => new OpenBody(host, body))
  assert.throws(() => host.isReady(body))
})

test('an OpenBody that was interrupted and then forgotten does not close a later body under the same handle', async () => {
  const { host } = openHost({})
  const { body } = host.pipe()
  await forget(async () => {
    const late = new OpenBody(host, body)
    await turn()
    late.interrupt()
    for (;;) {
      const handles = Object.values(host.pipe())
      if (handles.includes(body)) return late
      for (const handle of handles) host.close(handle)
    }
  })
  assert.not.throws(() => host.isReady(body))
})

test.run()
