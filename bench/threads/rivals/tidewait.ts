/** The library: a host in a thread of its own, and this thread as its guest. */

import type { HttpResponse } from '../../../lib/index.js'
import { connect, startHost } from '../../../lib/index.js'
import type { Bringer } from '../bringer.js'
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

/** Blocks this thread for each answer. */
export async function blocking(): Promise<Getter> {
  const { cache, close } = await join()
  return { get: (url) => cache.send(url).wait().bytes().wait().byteLength, close }
}

export async function awaiting(): Promise<Getter> {
  const { cache, close } = await join()
  return { get: async (url) => (await (await cache.send(url)).bytes()).byteLength, close }
}

/** All callers of a thread blocked together. */
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

export function bringer(): Promise<Bringer> {
  return bringing((response) => response.bytes().wait())
}

/** By way of a `Response` of the platform. */
export function webBringer(): Promise<Bringer> {
  return bringing(async (response) => new Uint8Array(await response.toWeb().arrayBuffer()))
}

async function bringing(read: (response: HttpResponse) => Uint8Array | Promise<Uint8Array>): Promise<Bringer> {
  const { cache, close } = await join()
  let from = ''
  return {
    prepare(_bytes, url) {
      from = url
      cache.send(url).wait().bytes().wait()
    },
    bring() {
      const response = cache.send(from).wait()
      if (!response.wasCached) throw new Error('the body was not in the store')
      return read(response)
    },
    close,
  }
}
