/** An answer as it is on the wire. */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

/** All octets that a client in `version`, which keeps no connection, gets where `serve` answers it. */
export async function received(version: '1.0' | '1.1', serve: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => serve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
  client.write(`GET / HTTP/${version}\r\nHost: a\r\nConnection: close\r\n\r\n`)
  let octets = ''
  for await (const chunk of client) octets += chunk
  server.close()
  return octets
}
