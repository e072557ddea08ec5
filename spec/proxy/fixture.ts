/** A proxy between a scripted origin and clients that write octets. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type CacheOptions, openCache } from '../../lib/client/open-cache.js'
import { createProxy, type ProxyOptions, type ProxyServer } from '../../lib/proxy/index.js'
import { type Origin, startOrigin } from '../kit/origin.js'

export interface Serving extends AsyncDisposable {
  readonly origin: Origin
  readonly cache: ReturnType<typeof openCache>
  readonly proxy: ProxyServer
  readonly port: number
  /** A connection of its own. */
  client(): Promise<Client>
  /** Everything that comes back for `octets` on a connection that the proxy is asked to close. */
  exchange(octets: string): Promise<string>
}

/** A head without a body, as a well-behaved client writes it. */
export function get(target: string, ...fields: readonly string[]): string {
  return request(`GET ${target}`, ...fields)
}

export function request(line: string, ...fields: readonly string[]): string {
  return `${line} HTTP/1.1\r\n${['Host: proxy', ...fields].map((field) => `${field}\r\n`).join('')}\r\n`
}

export async function serving(
  options: Partial<ProxyOptions> & { readonly cache?: CacheOptions } = {},
): Promise<Serving> {
  const { cache: cacheOptions, ...proxyOptions } = options
  const origin = await startOrigin()
  const cache = openCache(cacheOptions)
  const proxy = createProxy(cache, { origin: origin.base, ...proxyOptions })
  const { port } = await proxy.listen()
  return {
    origin,
    cache,
    proxy,
    port,
    client: () => Client.connect(port),
    async exchange(octets) {
      const client = await Client.connect(port)
      client.write(octets.replace('\r\n', '\r\nConnection: close\r\n'))
      return client.rest()
    },
    async [Symbol.asyncDispose]() {
      await proxy.close({ drainMs: 0 })
      await cache.close({ drainMs: 0 })
      await origin[Symbol.asyncDispose]()
    },
  }
}

/** Octets there and back, as Latin-1. */
export class Client {
  #received = ''
  #state: 'open' | 'ended' = 'open'
  #listener: (() => void) | undefined

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.#received += chunk
      this.#listener?.()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#state = 'ended'
      this.#listener?.()
    })
  }

  static async connect(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Client(socket)
  }

  get received(): string {
    return this.#received
  }

  write(octets: string): void {
    this.socket.write(octets, 'latin1')
  }

  /** Resolves once `pattern` is in what came, with all of that; rejects if the connection ends before. */
  async until(pattern: string | RegExp): Promise<string> {
    const isThere = () =>
      typeof pattern === 'string' ? this.#received.includes(pattern) : pattern.test(this.#received)
    while (!isThere()) {
      if (this.#state === 'ended') throw new Error(`ended without ${pattern}: ${this.#received}`)
      await this.#change()
    }
    return this.#received
  }

  /** Everything, once the connection has ended. */
  async rest(): Promise<string> {
    while (this.#state === 'open') await this.#change()
    return this.#received
  }

  leave(): void {
    this.socket.destroy()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#listener = resolve
    })
  }
}

/** The lines of the last head in `octets`, in lower case, and what follows it. */
export function parse(octets: string): { readonly status: number; readonly lines: string[]; readonly body: string } {
  const end = octets.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = octets.slice(0, end).split('\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    lines: lines.map((line) => line.toLowerCase()),
    body: octets.slice(end + 4),
  }
}

/** The values of a field, in order. */
export function valuesOf(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim())
}
