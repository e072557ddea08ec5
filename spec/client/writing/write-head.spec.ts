/** Interim heads on their way to a client: each or none, and never more than the client reads. */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeInterim } from '../../../lib/client/writing/write-head.js'

const HINT = { status: 103, statusText: 'Early Hints', fields: [['link', `</${'a'.repeat(10_000)}>`]] } as const

test('of hints that a client does not read, no more wait for it than its connection has room for', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
  for (let nth = 0; nth < 10_000; nth++) writeInterim(response, HINT)
  const waiting = response.socket?.writableLength ?? 0
  client.destroy()
  server.closeAllConnections()
  server.close()
  assert.ok(waiting > 0 && waiting < 100_000, String(waiting))
})

test.run()
