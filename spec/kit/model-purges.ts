/** All hard purges of the model, ever, and the sends that are under way while purges come. */

import { aimedAt, type Duty, type ModelInFlightSend, type ModelObject, type ModelTarget } from './model-records.js'
import type { ModelTime } from './model-time.js'

interface Purge {
  readonly target: ModelTarget
  readonly order: number
}

export class Purges {
  readonly #time: ModelTime
  readonly #all: Purge[] = []
  /** Sends that are not the fetch of a leader. */
  #inFlight: ModelInFlightSend[] = []

  constructor(time: ModelTime) {
    this.#time = time
  }

  beginSend(): ModelInFlightSend {
    const inFlight = { order: this.#time.next(), ownPurgeSerial: Number.POSITIVE_INFINITY }
    this.#inFlight.push(inFlight)
    return inFlight
  }

  ends(inFlight: ModelInFlightSend): void {
    this.#inFlight = this.#inFlight.filter((each) => each !== inFlight)
  }

  add(target: ModelTarget, by: ModelInFlightSend | undefined): void {
    if (by !== undefined) by.ownPurgeSerial = Math.min(by.ownPurgeSerial, this.#time.next())
    this.#all.push({ target, order: this.#time.next() })
  }

  /** The first purge that would have hit `object`, of those made before the send had made any itself. */
  overtook(inFlight: ModelInFlightSend, object: Pick<ModelObject, 'key' | 'keys'>): Purge | undefined {
    return this.#all.find(
      ({ target, order }) => order > inFlight.order && order < inFlight.ownPurgeSerial && aimedAt(target, object),
    )
  }

  /** How many purges came since the oldest send that has not ended. */
  remembered(duties: readonly Duty[]): number {
    const underWay = [...this.#inFlight, ...duties.map(({ inFlight }) => inFlight)]
    const oldest = Math.min(...underWay.map(({ order }) => order))
    return this.#all.filter(({ order }) => order > oldest).length
  }
}
