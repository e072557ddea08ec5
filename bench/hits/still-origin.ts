/** An origin that answers for as long as a bench needs it to: what it is asked once is fresh for an hour. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StillOrigin {
  readonly url: string
  /** How often it was asked. */
  readonly asked: number
  close(): void
}

/** Answers with `bytes` bytes. */
export async function startStillOrigin(bytes: number): Promise<StillOrigin> {
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
