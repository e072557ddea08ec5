/** What operators may ask of a running proxy, on a port of its own that clients never see. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refuse } from './refusal.js'

export const STATS_PATH = '/__tidewait/stats'

export class Admin implements AsyncDisposable {
  readonly #server: Server
  readonly #stats: () => unknown

  /** `stats` is asked anew for every request. */
  constructor(stats: () => unknown) {
    this.#stats = stats
    this.#server = createServer((request, response) => this.#serve(request, response))
  }

  /** The URL of the figures. */
  listen({ port = 0, host = '127.0.0.1' }: { port?: number; host?: string } = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port, host }, () => {
        this.#server.off('error', reject)
        const { address, family, port } = this.#server.address() as AddressInfo
        resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}${STATS_PATH}`)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await ended
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?')
    if (path !== STATS_PATH) return refuse(response, { status: 404, why: `only ${STATS_PATH}`, connection: 'keep' })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, { status: 405, why: 'only GET', fields: [['allow', 'GET, HEAD']], connection: 'keep' })
    const body = `${JSON.stringify(this.#stats(), null, 2)}\n`
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    })
    response.end(body)
  }
}
