/** The drain time: how long `close()` waits for work under way. */

import { checkMs, checkOptions } from './options.js'

/** How to close. */
export interface CloseOptions {
  /** Milliseconds that work under way has to finish. Default 10 000. */
  readonly drainMs?: number
}

const DRAIN_MS = 10_000

const CLOSE_OPTIONS: ReadonlySet<string> = new Set(['drainMs'])

/** @throws InvalidArgumentError */
export function readDrainMs(options: CloseOptions): number {
  checkOptions(options, CLOSE_OPTIONS)
  const { drainMs = DRAIN_MS } = options
  checkMs('drainMs', drainMs)
  return drainMs
}
