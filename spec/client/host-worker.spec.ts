/** The file in which a host thread begins is no module for programs. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/index.js'

const FILE = new URL('../../lib/client/host-worker.js', import.meta.url)

test('importing the file of the host thread fails, and the error names startHost', async () => {
  const failure = await import(FILE.href).catch((error: unknown) => error)
  assert.instance(failure, InvalidArgumentError)
  assert.match(failure.message, /startHost/)
})

for (const workerData of [undefined, null, 5, { options: {} }])
  test(`a Worker begun in the file of the host thread fails, naming startHost, with workerData ${JSON.stringify(workerData)}`, async () => {
    const [failure] = await once(new Worker(FILE, { workerData }), 'error').catch((error: unknown) => [error])
    assert.match(String(failure), /startHost/)
  })

test.run()
