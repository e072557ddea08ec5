/** The cache interceptor of undici on its memory store, by its own `request` and by its `fetch`. */

import { Agent, cacheStores, type Dispatcher, fetch, interceptors, request } from 'undici'
import type { Rival } from '../rival.js'

function rival(hitOnce: (url: string, dispatcher: Dispatcher) => Promise<number>): Rival {
  return {
    async open() {
      const dispatcher = new Agent().compose(interceptors.cache({ store: new cacheStores.MemoryCacheStore() }))
      async function hit(url: string, count: number): Promise<number> {
        let bytes = 0
        for (let nth = 0; nth < count; nth++) bytes += await hitOnce(url, dispatcher)
        return bytes
      }
      return {
        async fill(url) {
          await hit(url, 2)
        },
        hit,
        close: () => dispatcher.close(),
      }
    },
  }
}

export const undiciCache = rival(async (url, dispatcher) => {
  const { body } = await request(url, { dispatcher })
  return (await body.bytes()).byteLength
})

export const undiciCacheFetch = rival(async (url, dispatcher) => {
  const response = await fetch(url, { dispatcher })
  return (await response.arrayBuffer()).byteLength
})
