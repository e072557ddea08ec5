/** `ky` on the thread that asks, without a cache and without a host. */

import ky from 'ky'
import type { Crowd } from '../crowd.js'
import type { Getter } from '../getter.js'
import type { Holder } from '../holder.js'
import { usedHere } from '../memory.js'

const bytesOf = async (url: string) => (await ky(url).arrayBuffer()).byteLength

export const getter: Getter = { get: bytesOf, close() {} }

/** Each caller sends a request of its own to the origin. */
export const crowd: Crowd = {
  join: () => ({
    async ask(url, callers) {
      const bytes = await Promise.all(Array.from({ length: callers }, () => bytesOf(url)))
      return bytes.reduce((sum, each) => sum + each)
    },
  }),
}

const aborted = new AbortController()
const held: Promise<unknown>[] = []

export const holder: Holder = {
  async hold(urls) {
    for (const url of urls) held.push(ky(url, { timeout: false, signal: aborted.signal }).catch(() => {}))
    await new Promise((resolve) => setTimeout(resolve, 1000))
  },
  used: async () => usedHere(),
  async release() {
    aborted.abort()
    await Promise.all(held)
  },
}
