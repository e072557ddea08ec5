/** What a program has set on its answer, and what the answer brings. */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeHead } from '../../../lib/client/writing/write-head.js'
import { writeWhole } from '../../../lib/client/writing/write-whole.js'

const HEAD = {
  status: 200,
  statusText: 'Fine',
  fields: [
    ['set-cookie', 'a=1'],
    ['server', 'origin'],
    ['set-cookie', 'b=2'],
    ['link', '</a>'],
    ['link', '</b>'],
    ['content-length', '4'],
  ],
} as const

const ways: Record<string, (response: ServerResponse) => void> = {
  'as a whole': (response) => writeWhole(response, { head: HEAD, body: [Buffer.from('body')] }),
  'in pieces': (response) => {
    writeHead(response, HEAD, undefined)
    response.end('body')
  },
}

/** The lines of the head that a client gets, without those of the connection, in order. */
async function received(serve: (response: ServerResponse) => void): Promise<string[]> {
  const server = createServer((_request, response) => serve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  let octets = ''
  for await (const chunk of client) octets += chunk
  server.close()
  const [head = ''] = octets.split('\r\n\r\n')
  return head
    .split('\r\n')
    .filter((line) => !/^(date|connection):/i.test(line))
    .sort()
}

const BROUGHT = [
  'HTTP/1.1 200 Fine',
  'content-length: 4',
  'link: </a>',
  'link: </b>',
  'server: origin',
  'set-cookie: a=1',
  'set-cookie: b=2',
]

for (const [how, write] of Object.entries(ways)) {
  test(`each line of an answer that is written ${how} goes out beside what the program has set`, async () => {
    const lines = await received((response) => {
      response.setHeader('x-powered-by', 'a framework')
      write(response)
    })
    assert.equal(lines, [...BROUGHT, 'x-powered-by: a framework'])
  })

  test(`a line of an answer that is written ${how} takes the place of what the program has set by that name`, async () => {
    const lines = await received((response) => {
      response.setHeader('Server', 'program')
      response.setHeader('Set-Cookie', ['c=3'])
      write(response)
    })
    assert.equal(lines, BROUGHT)
  })
}

test.run()
