/** What a rival of the scheduler has to do: hold a crowd of coroutines that park twice each. The only thing probes know. */

import { check } from '../kit/check.js'

/** One way to write many coroutines. */
export interface Rival {
  /**
   * Spawns `size` coroutines, each from a fresh closure over what is its own, and lets each run until it is parked on
   * its first handle. Resumed it adds one to `resumptions` and parks on its second handle; resumed again it adds one
   * and returns `worth(index)`.
   */
  park(size: number): Crowd | Promise<Crowd>
}

/** Coroutines that are parked, by index from 0. */
export interface Crowd {
  /** How many resumptions there were, of all of them together. */
  readonly resumptions: number
  /** Makes a handle that the coroutine is parked on ready: its first one, then its second one. */
  settle(index: number, nth: 0 | 1): void
  /** Whoever is parked on a handle that is ready goes on, until it is parked again or has returned. */
  resume(): void | Promise<void>
  /** The sum of all that was returned. Throws if a coroutine is still parked. Gives back what the crowd holds. */
  collect(): number | Promise<number>
}

/** What the coroutine with this index returns. Small, so that no sum of them leaves the range of small integers. */
export function worth(index: number): number {
  return index % 1000
}

/** Finishes a crowd whose coroutines are all at the same park, and checks that every one of them did all it had to. */
export async function finish(crowd: Crowd, size: number, parkedAt: 0 | 1): Promise<void> {
  if (parkedAt === 0) await settleAll(crowd, size, 0)
  await settleAll(crowd, size, 1)
  check('the sum of what they returned', await crowd.collect(), sumOfWorth(size))
  check('resumptions', crowd.resumptions, 2 * size)
}

async function settleAll(crowd: Crowd, size: number, nth: 0 | 1): Promise<void> {
  for (let index = 0; index < size; index++) crowd.settle(index, nth)
  await crowd.resume()
}

function sumOfWorth(size: number): number {
  const thousands = Math.floor(size / 1000)
  const rest = size % 1000
  return thousands * 499_500 + (rest * (rest - 1)) / 2
}
