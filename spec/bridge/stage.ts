/** A stage for specs whose guests all meet on one host thread: that, and an origin. */

import type { Test } from 'uvu'
import { type HostThread, startHost } from '../../lib/index.js'
import { type Origin, startOrigin } from '../kit/origin.js'

export interface Stage {
  readonly host: HostThread
  readonly origin: Origin
}

/** Taken down after the specs of `test`. */
export async function openStage(test: Test): Promise<Stage> {
  const host = await startHost()
  const origin = await startOrigin()
  test.after(async () => {
    await host.close()
    await origin[Symbol.asyncDispose]()
  })
  return { host, origin }
}
