/** Interim heads go to a client whole or not at all, and never more of them than the client reads. */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeInterim } from '../../../lib/client/writing/write-head.js'
import { received } from './wire.js'

const HINT = { status: 103, statusText: 'Early Hints', fields: [['link', `</${'a'.repeat(10_000)}>`]] } as const

const INTERIM = { status: 103, statusText: 'Early Hints', fields: [['link', '</a>']] } as const

function answer(response: ServerResponse): void {
  response.sendDate = false
  response.writeHead(200, ['content-length', '4']).end('body')
}

test('an interim head is written as it is, before the answer', async () => {
  const octets = await received('1.1', (response) => {
    writeInterim(response, INTERIM)
    answer(response)
  })
  assert.ok(octets.startsWith('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n'), octets)
})

const untold: Record<string, ['1.0' | '1.1', (response: ServerResponse) => void]> = {
  'to HTTP/1.0, which has none': ['1.0', (response) => writeInterim(response, INTERIM)],
  'that would change the protocol': ['1.1', (response) => writeInterim(response, { ...INTERIM, status: 101 })],
  'when the head of the answer has gone': [
    '1.1',
    (response) => {
      response.sendDate = false
      response.writeHead(200, ['content-length', '4']).flushHeaders()
      writeInterim(response, INTERIM)
    },
  ],
}

for (const [which, [version, write]] of Object.entries(untold))
  test(`no interim head is written ${which}`, async () => {
    const octets = await received(version, (response) => {
      write(response)
      if (response.headersSent) response.end('body')
      else answer(response)
    })
    assert.is(octets, 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nConnection: close\r\n\r\nbody')
  })

test('of interim heads that a client does not read, no more are kept than its connection has room for', async () => {
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
