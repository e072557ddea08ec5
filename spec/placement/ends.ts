/** The ends of several requests: a promise for each of them, settled by a caller that waits for them as one. */

import type { Pending, Settled } from '../../lib/scheduler/index.js'

export class Ends<T> {
  readonly promises: readonly Promise<T>[]
  readonly #executors = new Map<Pending<T>, { resolve(value: T): void; reject(reason: unknown): void }>()

  constructor(pendings: readonly Pending<T>[]) {
    this.promises = pendings.map(
      (pending) => new Promise<T>((resolve, reject) => this.#executors.set(pending, { resolve, reject })),
    )
  }

  resolve(pending: Pending<T>, value: T): void {
    this.#executors.get(pending)?.resolve(value)
  }

  reject(pending: Pending<T>, reason: unknown): void {
    this.#executors.get(pending)?.reject(reason)
  }

  settle(settled: Settled<T>): void {
    if (settled.status === 'fulfilled') this.resolve(settled.pending, settled.value)
    else this.reject(settled.pending, settled.reason)
  }
}
