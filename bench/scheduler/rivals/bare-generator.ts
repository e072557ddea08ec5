/** The floor: generators in an array and a loop that scans all of it. They cannot be cancelled, fail, or be awaited. */

import { type Crowd, type Rival, returnValueOf } from '../crowd.js'

/** A coroutine: it yields the handle that it parks on. */
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
      const steps = spawning(this, 2 * index, 2 * index + 1, returnValueOf(index))()
      this.#steps.push(steps)
      this.#parkedOn.push(steps.next().value)
    }
  }

  settle(index: number, nth: 0 | 1): void {
    this.#ready[2 * index + nth] = 1
  }

  resume(): void {
    for (let index = 0; index < this.#steps.length; index++)
      if (this.#ready[this.#parkedOn[index] as number] === 1) this.step(index)
  }

  protected step(index: number): void {
    const step = this.#steps[index]?.next()
    if (step === undefined) return
    if (step.done) {
      this.#values.push(step.value)
      this.#steps[index] = undefined
    } else this.#parkedOn[index] = step.value
  }

  collect(): number {
    if (this.#values.length !== this.#steps.length) throw new Error('still parked')
    let sum = 0
    for (const value of this.#values) sum += value
    return sum
  }
}

/** Without handles: `settle` keeps the index of the coroutine, so that resuming it costs the step of its generator alone. */
class ToldCrowd extends BareCrowd {
  readonly #settled: number[] = []

  override settle(index: number): void {
    this.#settled.push(index)
  }

  override resume(): void {
    for (let index = this.#settled.pop(); index !== undefined; index = this.#settled.pop()) this.step(index)
  }
}

function* parkTwice(tally: Tally, first: number, second: number, value: number): Steps {
  yield first
  tally.resumptions++
  yield second
  tally.resumptions++
  return value
}

/** Each closure calls the same generator function. */
const sharing: Spawning = (tally, first, second, value) => () => parkTwice(tally, first, second, value)

export const bareGenerator: Rival = { park: (size) => new BareCrowd(size, sharing) }

export const bareGeneratorTold: Rival = { park: (size) => new ToldCrowd(size, sharing) }

/** Each closure is itself a new generator function. */
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
