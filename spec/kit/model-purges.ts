/** The hard purges of the model, all that there ever were, and what is on its way while they come. */

import { aimedAt, type Duty, type ModelInFlightSend, type ModelObject, type ModelTarget } from './model-records.js'
import type { ModelTime } from './model-time.js'

interface Purge {
  readonly target: ModelTarget
  readonly order: number
}

export class Purges {
  readonly #time: ModelTime
  readonly #all: Purge[] = []
  /** Of what is not the fetch of a leader. */
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

  /** The first that would have hit `object`, of those that came before it has made any itself. */
  overtook(inFlight: ModelInFlightSend, object: ModelObject): Purge | undefined {
    return this.#all.find(
      ({ target, order }) => order > inFlight.order && order < inFlight.ownPurgeSerial && aimedAt(target, object),
    )
  }

  /** How many came since the oldest send that has not ended. */
  remembered(duties: readonly Duty[]): number {
    const underWay = [...this.#inFlight, ...duties.map(({ inFlight }) => inFlight)]
    const oldest = Math.min(...underWay.map(({ order }) => order))
    return this.#all.filter(({ order }) => order > oldest).length
  }
}
