/** A time in which one alarm rings after the other, and the next when all is at rest. */

interface Alarm {
  readonly path: string
  readonly due: number
  readonly ring: () => void
}

export class Time {
  readonly #alarms = new Set<Alarm>()
  readonly #rest: () => Promise<void>
  now = 0
  /** How many alarms have rung. */
  rings = 0

  /** `rest` lets everybody go as far as they can. */
  constructor(rest: () => Promise<void>) {
    this.#rest = rest
  }

  /** Rings whoever has set it after so long, in the order of their paths; returns the undo. */
  alarm(path: string, time: number, ring: () => void): () => void {
    const alarm = { path, due: this.now + time, ring }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** Until `end`; `eachTime` is called when all alarms of a time have rung. */
  async pass(end: number, eachTime: () => void): Promise<void> {
    await this.#rest()
    for (; this.now < end; this.now++) {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#ring(next)
      eachTime()
      await this.#rest()
    }
  }

  #next(): Alarm | undefined {
    const due = [...this.#alarms].filter((alarm) => alarm.due <= this.now)
    return due.toSorted((a, b) => (a.path < b.path ? -1 : 1))[0]
  }

  async #ring(alarm: Alarm): Promise<void> {
    this.#alarms.delete(alarm)
    this.rings++
    alarm.ring()
    await this.#rest()
  }
}
