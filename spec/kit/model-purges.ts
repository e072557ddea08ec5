/** The hard purges of the model, all that there ever were, and what is on its way while they come. */

import { aimedAt, type Duty, type ModelDeparture, type ModelObject, type ModelTarget } from './model-records.js'
import type { ModelTime } from './model-time.js'

interface Purge {
  readonly target: ModelTarget
  readonly order: number
}

export class Purges {
  readonly #time: ModelTime
  readonly #all: Purge[] = []
  /** Of what is not the fetch of a leader. */
  #departures: ModelDeparture[] = []

  constructor(time: ModelTime) {
    this.#time = time
  }

  departs(): ModelDeparture {
    const departure = { order: this.#time.next(), until: Number.POSITIVE_INFINITY }
    this.#departures.push(departure)
    return departure
  }

  ends(departure: ModelDeparture): void {
    this.#departures = this.#departures.filter((each) => each !== departure)
  }

  add(target: ModelTarget, by: ModelDeparture | undefined): void {
    if (by !== undefined) by.until = Math.min(by.until, this.#time.next())
    this.#all.push({ target, order: this.#time.next() })
  }

  /** The first that would have hit `object`, of those that came before it has made any itself. */
  overtook(departure: ModelDeparture, object: ModelObject): Purge | undefined {
    return this.#all.find(
      ({ target, order }) => order > departure.order && order < departure.until && aimedAt(target, object),
    )
  }

  /** How many came since the oldest departed that has not ended. */
  remembered(duties: readonly Duty[]): number {
    const underWay = [...this.#departures, ...duties.map(({ departure }) => departure)]
    const oldest = Math.min(...underWay.map(({ order }) => order))
    return this.#all.filter(({ order }) => order > oldest).length
  }
}
