/** The file in which a host's thread begins is no module for anybody else. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/index.js'

const FILE = new URL('../../lib/client/host-worker.js', import.meta.url)

test('who imports the file of the host thread is told what starts it', async () => {
  const failure = await import(FILE.href).catch((error: unknown) => error)
  assert.instance(failure, InvalidArgumentError)
  assert.match(failure.message, /startHost/)
})

for (const workerData of [undefined, null, 5, { options: {} }])
  test(`a worker of somebody else's that begins there ends with that error, whatever it was given: ${JSON.stringify(workerData)}`, async () => {
    const [failure] = await once(new Worker(FILE, { workerData }), 'error').catch((error: unknown) => [error])
    assert.match(String(failure), /startHost/)
  })

test.run()
