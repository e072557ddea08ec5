/** The stage where a random program is played as a task of Effection's, or as a coroutine that one or another driver moves. */

import type { Operation, Task } from 'effection'
import { CancelledError, type Pending } from '../../lib/scheduler/index.js'
import { microtasks } from './fixture.js'
import { Play } from './task-play.js'
import type { Program } from './task-programs.js'
import { Time } from './task-time.js'

/** Longer than any program takes that has an end. */
const END = 60

/** So often one is polled before the next alarm rings. */
const POLLS = 3

/** What came of a program, in words. */
export interface Played {
  /** What was done after which ring of an alarm; what followed from the same ring is in no order. */
  readonly log: readonly string[]
  readonly end: string
  /** Whether it did nothing that a coroutine means to do otherwise than a task. */
  readonly isComparable: boolean
}

/** Who moves a coroutine, and whose end stands for its own. */
export type Driver = 'awaited' | 'polled' | 'owned by a coroutine' | 'owned by a task'

/** Plays one program. */
export class Stage {
  readonly #time = new Time(() => this.#rest())
  readonly #play = new Play(this.#time)
  #poll = () => {}
  #end = 'never'

  async asTask(program: Program, haltAt: number | undefined): Promise<Played> {
    const task = this.#play.scheduler.scope.run(() => this.#play.perform(program))
    return this.#awaited(task, haltAt, () => halt(task))
  }

  async asCoroutine(program: Program, cancelAt: number | undefined, driver: Driver): Promise<Played> {
    const pending = this.#play.scheduler.spawn(() => this.#play.perform(program))
    function* owner(): Operation<void> {
      yield* pending
    }
    switch (driver) {
      case 'awaited':
        return this.#awaited(pending, cancelAt, () => pending.cancel())
      case 'polled':
        return this.#polled(pending, cancelAt)
      case 'owned by a coroutine': {
        const owning = this.#play.scheduler.spawn(owner)
        return this.#awaited(owning, cancelAt, () => owning.cancel())
      }
      case 'owned by a task': {
        const owning = this.#play.scheduler.scope.run(owner)
        return this.#awaited(owning, cancelAt, () => halt(owning))
      }
    }
  }

  #awaited(played: PromiseLike<void>, stopAt: number | undefined, stop: () => void): Promise<Played> {
    played.then(
      () => this.#returned(),
      (failure) => this.#failed(failure),
    )
    return this.#pass(stopAt, stop)
  }

  #polled(pending: Pending<void>, stopAt: number | undefined): Promise<Played> {
    this.#poll = () => {
      try {
        if (this.#end === 'never' && pending.poll().ready) this.#returned()
      } catch (failure) {
        this.#failed(failure)
      }
    }
    return this.#pass(stopAt, () => pending.cancel())
  }

  async #pass(stopAt: number | undefined, stop: () => void): Promise<Played> {
    await this.#time.pass(END, () => {
      if (stopAt !== this.#time.now || this.#end !== 'never') return
      this.#play.blow()
      stop()
    })
    const { log, isComparable } = this.#play
    return { log: log.toSorted(), end: this.#end, isComparable }
  }

  async #rest(): Promise<void> {
    for (let i = 0; i < POLLS; i++) {
      this.#poll()
      await microtasks()
    }
  }

  #returned(): void {
    this.#ended('returned')
  }

  #failed(failure: unknown): void {
    this.#ended(failure instanceof CancelledError ? 'halted' : (failure as Error).message)
  }

  #ended(how: string): void {
    this.#end = how
    this.#play.say(how)
  }
}

/** What halting fails with, the task fails with too. */
function halt(task: Task<void>): void {
  task.halt().catch(() => {})
}
