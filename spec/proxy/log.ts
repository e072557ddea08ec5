/** An access log that can be waited for. */

import type { AccessRecord } from '../../lib/proxy/index.js'
import { Tally } from '../kit/barrier.js'

export class Log {
  readonly records: AccessRecord[] = []
  readonly #told = new Tally()

  readonly accessLog = (record: AccessRecord): void => {
    this.records.push(record)
    this.#told.add()
  }

  /** The records, once there are so many. */
  async until(count: number): Promise<AccessRecord[]> {
    await this.#told.reached(count)
    return this.records
  }
}
