/** The floor: generators in an array and a loop over it. No cancellation, no failure, no other driver, and it scans. */

import { type Crowd, type Rival, worth } from '../crowd.js'

/** Yields the handle it parks on. */
type Steps = Generator<number, number, void>

type Spawning = (crowd: Tally, first: number, second: number, value: number) => () => Steps

interface Tally {
  resumptions: number
}

class BareCrowd implements Crowd {
  resumptions = 0
  readonly #steps: (Steps | undefined)[] = []
  readonly #parkedOn: number[] = []
  readonly #values: number[] = []
  readonly #ready: Uint8Array

  constructor(size: number, spawning: Spawning) {
    this.#ready = new Uint8Array(2 * size)
    for (let index = 0; index < size; index++) {
      const steps = spawning(this, 2 * index, 2 * index + 1, worth(index))()
      this.#steps.push(steps)
      this.#parkedOn.push(steps.next().value)
    }
  }

  settle(index: number, nth: 0 | 1): void {
    this.#ready[2 * index + nth] = 1
  }

  resume(): void {
    const steps = this.#steps
    for (let index = 0; index < steps.length; index++) {
      if (this.#ready[this.#parkedOn[index] as number] !== 1) continue
      const step = steps[index]?.next()
      if (step === undefined) continue
      if (step.done) {
        this.#values.push(step.value)
        steps[index] = undefined
      } else this.#parkedOn[index] = step.value
    }
  }

  collect(): number {
    if (this.#values.length !== this.#steps.length) throw new Error('still parked')
    let sum = 0
    for (const value of this.#values) sum += value
    return sum
  }
}

function* parkTwice(tally: Tally, first: number, second: number, value: number): Steps {
  yield first
  tally.resumptions++
  yield second
  tally.resumptions++
  return value
}

/** Each closure calls one generator function that all of them share. */
export const bareGenerator: Rival = {
  park: (size) => new BareCrowd(size, (tally, first, second, value) => () => parkTwice(tally, first, second, value)),
}

/** Each closure is a generator function itself. */
export const bareGeneratorLiteral: Rival = {
  park: (size) =>
    new BareCrowd(
      size,
      (tally, first, second, value) =>
        function* () {
          yield first
          tally.resumptions++
          yield second
          tally.resumptions++
          return value
        },
    ),
}
