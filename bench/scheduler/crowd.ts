/** The interface of a rival of the scheduler, and all that probes know of it: a crowd of coroutines, each of which parks twice. */

import { check } from '../kit/check.js'

/** One way to write many coroutines. */
export interface Rival {
  /**
   * Spawns `size` coroutines, each from a fresh closure, and lets each run until it is parked on its first handle. When a
   * coroutine is resumed it adds one to `resumptions` and parks on its second handle; resumed again it adds one and returns
   * `returnValueOf(index)`.
   */
  park(size: number): Crowd | Promise<Crowd>
}

/** Parked coroutines, addressed by index from 0. */
export interface Crowd {
  /** How often coroutines of the crowd were resumed, all together. */
  readonly resumptions: number
  /** Makes the handle ready that coroutine `index` is parked on: its first handle (`nth` 0) or its second (`nth` 1). */
  settle(index: number, nth: 0 | 1): void
  /** Resumes every coroutine whose handle is ready, and lets it run until it parks again or returns. */
  resume(): void | Promise<void>
  /** Sums all return values, and releases what the crowd holds. Throws if a coroutine is still parked. */
  collect(): number | Promise<number>
}

/** What the coroutine with this index returns: so small that every sum of return values stays a small integer of V8. */
export function returnValueOf(index: number): number {
  return index % 1000
}

/** Finishes a crowd whose coroutines are all parked on their first handle (`parkedAt` 0) or second (1), and checks their work. */
export async function finish(crowd: Crowd, size: number, parkedAt: 0 | 1): Promise<void> {
  if (parkedAt === 0) await settleAll(crowd, size, 0)
  await settleAll(crowd, size, 1)
  check('the sum of the return values', await crowd.collect(), sumOfReturnValues(size))
  check('resumptions', crowd.resumptions, 2 * size)
}

async function settleAll(crowd: Crowd, size: number, nth: 0 | 1): Promise<void> {
  for (let index = 0; index < size; index++) crowd.settle(index, nth)
  await crowd.resume()
}

function sumOfReturnValues(size: number): number {
  const thousands = Math.floor(size / 1000)
  const rest = size % 1000
  return thousands * 499_500 + (rest * (rest - 1)) / 2
}
