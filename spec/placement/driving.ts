/** Drives pendings in one way, and counts those that are not over. */

import type { Cache, HttpResponse, PendingRequest } from '../../lib/index.js'
import type { Pending } from '../../lib/scheduler/index.js'
import type { Driver } from './drivers.js'

export class Driving {
  readonly #driver: Driver
  driven = 0

  constructor(driver: Driver) {
    this.#driver = driver
  }

  drive<T>(pending: Pending<T>): Promise<T> {
    return this.counting(this.#driver.drive(pending))
  }

  together(cache: Cache, pendings: readonly PendingRequest[]): readonly Promise<HttpResponse>[] {
    return this.#driver.together(cache, pendings).map((end) => this.counting(end))
  }

  counting<T>(work: Promise<T>): Promise<T> {
    this.driven++
    return work.finally(() => {
      this.driven--
    })
  }

  look(): void {
    this.#driver.look()
  }
}
