/** A stage for suites whose rules hold over a host in this thread and over one in another: an origin, a cache, and when both are at rest. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, type HttpResponse, openCache, startHost } from '../../lib/index.js'
import { type Origin, startOrigin } from '../kit/origin.js'

/** Where the host is. */
export type Place = 'here' | 'host'

export const PLACES: readonly Place[] = ['here', 'host']

export interface Stage {
  readonly test: ReturnType<typeof suite>
  readonly origin: Origin
  readonly cache: Cache
  /** Nobody waits, leads, sends, or holds anything. */
  idle(): Promise<void>
}

/** Taken down after the suite. */
export async function openStage(title: string, place: Place): Promise<Stage> {
  const test = suite(`${title}, ${place}`)
  const origin = await startOrigin()
  const host = place === 'here' ? undefined : await startHost()
  const cache = host?.connect() ?? openCache()
  test.after(async () => {
    await cache.close()
    await host?.close()
    await origin[Symbol.asyncDispose]()
  })
  const idle = async () => {
    for (;;) {
      const { requests, transactions, sends, handles } = cache.stats()
      if (requests.pending + transactions.obligations + sends.active + handles === 0) return
      await new Promise(setImmediate)
    }
  }
  return { test, origin, cache, idle }
}

/** Reads the first chunk of a body that starts with `begin`. */
export async function begun(response: HttpResponse): Promise<void> {
  assert.is(String(Buffer.from((await response.read()) ?? [])), 'begin')
}
