/** A cache of ours, its host in this thread unless it is given another, driven in each of three ways. */

import { type Cache, openCache } from '../../../lib/index.js'
import type { Hits, Hitter } from '../hitter.js'

export type Driver = 'wait' | 'await' | 'poll' | 'fetch'

export function hitsOf(cache: Pick<Cache, 'send' | 'fetch' | 'close'>, driver: Driver): Hits {
  const by = drivers[driver]
  const before = driver === 'fetch' ? drivers.fetch : drivers.await
  return {
    async fill(url) {
      await before(cache, url, 2)
    },
    hit: (url, count) => by(cache, url, count),
    close: () => cache.close(),
  }
}

type By = (cache: Pick<Cache, 'send' | 'fetch'>, url: string, count: number) => number | Promise<number>

const drivers: Readonly<Record<Driver, By>> = {
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
      if (!body.ready) throw new Error('a fresh hit was not ready at the first look')
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

export function tidewait(driver: Driver): Hitter {
  return {
    async open() {
      const cache = openCache()
      return hitsOf(cache, driver)
    },
  }
}
