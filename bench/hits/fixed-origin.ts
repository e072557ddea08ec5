/** An origin in this process with one answer, which is fresh for an hour. It counts its requests. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FixedOrigin {
  readonly url: string
  /** The number of requests that the origin has received. */
  readonly asked: number
  close(): void
}

/** Starts an origin whose answer has a body of `bytes` bytes. */
export async function startFixedOrigin(bytes: number): Promise<FixedOrigin> {
  const body = Buffer.alloc(bytes, 'tide ')
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.writeHead(200, {
      'content-type': 'text/plain',
      'content-length': bytes,
      'cache-control': 'public, max-age=3600',
      etag: '"still"',
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/tide`,
    get asked() {
      return asked
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
