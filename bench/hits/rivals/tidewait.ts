/** This library: a cache with its host in this thread, or a given cache, driven by one of four drivers. */

import { type Cache, openCache } from '../../../lib/index.js'
import type { Rival, RivalCache } from '../rival.js'

export type Driver = 'wait' | 'await' | 'poll' | 'fetch'

export function rivalCacheOver(cache: Pick<Cache, 'send' | 'fetch' | 'close'>, driver: Driver): RivalCache {
  const hits = drivers[driver]
  const fills = driver === 'fetch' ? drivers.fetch : drivers.await
  return {
    async fill(url) {
      await fills(cache, url, 2)
    },
    hit: (url, count) => hits(cache, url, count),
    close: () => cache.close(),
  }
}

/** Makes `count` hits. Returns the bytes of their bodies. */
type Hits = (cache: Pick<Cache, 'send' | 'fetch'>, url: string, count: number) => number | Promise<number>

const drivers: Readonly<Record<Driver, Hits>> = {
  wait(cache, url, count) {
    let bytes = 0
    for (let hit = 0; hit < count; hit++) bytes += cache.send(url).wait().bytes().wait().byteLength
    return bytes
  },
  poll(cache, url, count) {
    let bytes = 0
    for (let hit = 0; hit < count; hit++) {
      const response = cache.send(url).poll()
      const body = response.ready ? response.value.bytes().poll() : response
      if (!body.ready) throw new Error('a fresh hit was not ready at the first poll')
      bytes += body.value.byteLength
    }
    return bytes
  },
  async await(cache, url, count) {
    let bytes = 0
    for (let hit = 0; hit < count; hit++) bytes += (await (await cache.send(url)).bytes()).byteLength
    return bytes
  },
  async fetch(cache, url, count) {
    let bytes = 0
    for (let hit = 0; hit < count; hit++) bytes += (await (await cache.fetch(url)).arrayBuffer()).byteLength
    return bytes
  },
}

export function tidewait(driver: Driver): Rival {
  return {
    async open() {
      const cache = openCache()
      return rivalCacheOver(cache, driver)
    },
  }
}
