/** The library with a host in a thread of its own: this thread is a guest of that host. */

import { connect, type HttpResponse, startHost } from '../../../lib/index.js'
import type { BodyReader } from '../body-reader.js'
import type { Crowd } from '../crowd.js'
import type { Getter } from '../getter.js'

async function join() {
  const host = await startHost()
  const cache = host.connect()
  const close = async () => {
    await cache.close()
    await host.close({ drainMs: 0 })
  }
  return { cache, close }
}

/** Each `get` blocks this thread. */
export async function blocking(): Promise<Getter> {
  const { cache, close } = await join()
  return { get: (url) => cache.send(url).wait().bytes().wait().byteLength, close }
}

export async function awaiting(): Promise<Getter> {
  const { cache, close } = await join()
  return { get: async (url) => (await (await cache.send(url)).bytes()).byteLength, close }
}

/** One blocking `completed` drives all callers of a thread together. */
export const crowd: Crowd = {
  join(ticket) {
    const cache = connect(ticket)
    return {
      ask(url, callers) {
        let bytes = 0
        for (const settled of cache.completed(Array.from({ length: callers }, () => cache.send(url)))) {
          if (settled.status === 'rejected') throw settled.reason
          bytes += settled.value.bytes().wait().byteLength
        }
        return bytes
      },
    }
  },
}

export function bodyReader(): Promise<BodyReader> {
  return readingBodies((response) => response.bytes().wait())
}

/** Reads the body through a `Response` of the platform. */
export function webBodyReader(): Promise<BodyReader> {
  return readingBodies(async (response) => new Uint8Array(await response.toWeb().arrayBuffer()))
}

async function readingBodies(read: (response: HttpResponse) => Uint8Array | Promise<Uint8Array>): Promise<BodyReader> {
  const { cache, close } = await join()
  let storedUrl = ''
  return {
    prepare(_bytes, url) {
      storedUrl = url
      cache.send(url).wait().bytes().wait()
    },
    read() {
      const response = cache.send(storedUrl).wait()
      if (!response.wasCached) throw new Error('the body was not in the store')
      return read(response)
    },
    close,
  }
}
