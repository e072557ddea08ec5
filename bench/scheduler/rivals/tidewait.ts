/** This library: coroutines of one long-lived scheduler, parked on handles of a `ManualReadiness`. */

import type { Operation } from 'effection'
import { ManualReadiness, type Pending, ready, Scheduler } from '../../../lib/scheduler/index.js'
import { type Crowd, type Rival, returnValueOf } from '../crowd.js'

const source = new ManualReadiness()
const scheduler = new Scheduler(source)

/** Makes the closure that is spawned: a new one for every coroutine. */
type Spawning = (crowd: Tally, first: number, second: number, value: number) => () => Operation<number>

interface Tally {
  resumptions: number
}

class TidewaitCrowd implements Crowd {
  resumptions = 0
  readonly #pendings: Pending<number>[] = []
  /** Two for each coroutine: the handles of coroutine `index` are at `2 * index` and the place after it. */
  readonly #handles: number[] = []

  constructor(size: number, spawning: Spawning) {
    for (let index = 0; index < size; index++) {
      const first = source.open()
      const second = source.open()
      this.#handles.push(first, second)
      this.#pendings.push(scheduler.spawn(spawning(this, first, second, returnValueOf(index))))
    }
    scheduler.turn()
  }

  settle(index: number, nth: 0 | 1): void {
    source.settle(this.#handles[2 * index + nth] as number)
  }

  resume(): void {
    scheduler.turn()
  }

  collect(): number {
    let sum = 0
    for (const pending of this.#pendings) {
      const poll = pending.poll()
      if (!poll.ready) throw new Error('still parked')
      sum += poll.value
    }
    for (const handle of this.#handles) source.close(handle)
    return sum
  }
}

function* parkTwice(tally: Tally, first: number, second: number, value: number): Operation<number> {
  yield* ready(first)
  tally.resumptions++
  yield* ready(second)
  tally.resumptions++
  return value
}

/** Each closure calls the same generator function. */
export const tidewait: Rival = {
  park: (size) =>
    new TidewaitCrowd(size, (tally, first, second, value) => () => parkTwice(tally, first, second, value)),
}

/** Each closure is itself a new generator function, as in `spawn(function* () { ... })`. */
export const tidewaitLiteral: Rival = {
  park: (size) =>
    new TidewaitCrowd(
      size,
      (tally, first, second, value) =>
        function* () {
          yield* ready(first)
          tally.resumptions++
          yield* ready(second)
          tally.resumptions++
          return value
        },
    ),
}
