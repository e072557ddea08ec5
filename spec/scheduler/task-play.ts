/** What a random program does, whoever it is done by: each step says so in the log. */

import {
  action,
  all,
  ensure,
  type Operation,
  race,
  resource,
  scoped,
  spawn,
  suspend,
  type Task,
  until,
  withResolvers,
} from 'effection'
import { ManualReadiness, type Pending, ready, Scheduler } from '../../lib/scheduler/index.js'
import { type Program, SHARED, type Step, type TimedKind } from './task-programs.js'
import type { Time } from './task-time.js'

/** One program under way, and the log of what it does. */
export class Play {
  readonly scheduler: Scheduler
  /** What was done after which ring of an alarm. */
  readonly log: string[] = []
  /** Whether it did nothing that a coroutine means to do otherwise than a task. */
  isComparable = true
  readonly #readiness = new ManualReadiness()
  readonly #time: Time
  readonly #gates = Array.from({ length: SHARED }, () => withResolvers<void>())
  readonly #shared: (Pending<void> | undefined)[] = []
  /** Inner scopes of the program itself that are being torn down. */
  readonly #closing = new Set<string>()
  /** Where the program itself waits for a pending. */
  readonly #joining = new Set<string>()
  /** Failures so far, and whether it was stopped. */
  #blows = 0
  /** Whether the program itself was stopped and had to wait on its way. */
  #lingers = false

  constructor(time: Time) {
    this.#time = time
    this.scheduler = new Scheduler(this.#readiness)
  }

  perform(program: Program): Operation<void> {
    return this.#play(program, 'own')
  }

  say(what: string): void {
    this.log.push(`${this.#time.rings} ${what}`)
  }

  #failure(how: string, where: string): Error {
    this.blow()
    // The end of an inner scope that fails itself may drop another failure in a task.
    if (this.#closing.size > 0) this.isComparable = false
    return new Error(`${how} at ${where}`)
  }

  /** Another failure, or a halt after one, calls a task away from what it waits for on its way, and a coroutine not. */
  blow(): void {
    if (this.#lingers || (this.#blows > 0 && this.#joining.size > 0)) this.isComparable = false
    this.#blows++
  }

  /** `path` begins with `own` in the generator of the program itself, and with `child` in what that has spawned. */
  *#play(program: Program, path: string): Operation<void> {
    const tasks: Task<void>[] = []
    for (const [i, step] of program.entries()) {
      const here = `${path}/${i} ${step.kind}`
      this.say(here)
      yield* this.#perform(step, here, tasks)
      this.say(`${here} done`)
    }
  }

  *#perform(step: Step, here: string, tasks: Task<void>[]): Operation<void> {
    const child = here.replace('own', 'child')
    switch (step.kind) {
      case 'throw':
        throw this.#failure('thrown', child)
      case 'suspend':
        return yield* suspend()
      case 'join':
        yield* tasks[step.whom] ?? []
        return
      case 'halt':
        yield* tasks[step.whom]?.halt() ?? []
        return
      case 'open':
        return this.#gates[step.which]?.resolve()
      case 'pass':
        return yield* this.#gates[step.which]?.operation ?? []
      case 'shared':
        return yield* this.#join(this.#sharedPending(step.which), here)
      case 'spawn':
        tasks.push(yield* spawn(() => this.#play(step.body, child)))
        // Children begin when a coroutine waits, and those of a task already when it spawns more in an inner scope.
        return yield* this.#timed('sleep', 0, here)
      case 'ensure':
        return yield* ensure(() => this.#play(step.body, child))
      case 'scoped':
        return yield* this.#scoped(step.body, here)
      case 'pending':
        return yield* this.#join(this.#pending(step.body, child), here)
      case 'resource':
        return yield* this.#resource(step.body, step.rest, child)
      case 'finally':
        return yield* this.#finally(step.body, step.rest, here)
      case 'catch':
        return yield* this.#catch(step.body, step.rest, here)
      case 'race':
        yield* race(step.bodies.map((body, i) => this.#play(body, `${child} ${i}`)))
        return
      case 'all':
        yield* all(step.bodies.map((body, i) => this.#play(body, `${child} ${i}`)))
        return
      default:
        return yield* this.#timed(step.kind, step.time, here)
    }
  }

  #timed(kind: TimedKind, time: number, here: string): Operation<void> {
    const fail = () => this.#failure(kind, here.replace('own', 'child'))
    const alarm = (ring: () => void) => this.#time.alarm(here, time, ring)
    switch (kind) {
      case 'sleep':
        return action((resolve) => alarm(resolve))
      case 'ready':
        return this.#ready(alarm)
      case 'promise':
        return fromPromise((resolve) => alarm(resolve))
      case 'broken':
        return fromPromise((_, reject) => alarm(() => reject(fail())))
      case 'rejected':
        return action((_, reject) => alarm(() => reject(fail())))
      case 'unruly':
        return this.#unruly(alarm, fail, here)
    }
  }

  *#ready(alarm: (ring: () => void) => () => void): Operation<void> {
    const handle = this.#readiness.open()
    const undo = alarm(() => this.#readiness.settle(handle))
    try {
      yield* ready(handle)
    } finally {
      undo()
      this.#readiness.close(handle)
    }
  }

  /** A task that is halted hears of an undo that fails where it waits, and a coroutine fails with that in the end. */
  #unruly(alarm: (ring: () => void) => () => void, fail: () => Error, here: string): Operation<void> {
    return action<void>((resolve) => {
      let isOver = false
      const undo = alarm(() => {
        isOver = true
        resolve()
      })
      return () => {
        undo()
        if (isOwn(here) && !isOver) this.isComparable = false
        throw fail()
      }
    })
  }

  *#scoped(body: Program, here: string): Operation<void> {
    const play = this
    try {
      yield* scoped(function* () {
        try {
          yield* play.#play(body, here)
        } finally {
          if (isOwn(here)) play.#closing.add(here)
        }
      })
    } finally {
      this.#closing.delete(here)
    }
  }

  *#join(pending: Pending<void>, here: string): Operation<void> {
    if (isOwn(here)) this.#joining.add(here)
    try {
      yield* pending
    } finally {
      this.#joining.delete(here)
    }
  }

  /** It begins together with others, and does not end before they have begun. */
  #pending(body: Program, child: string): Pending<void> {
    const begin = this.#timed('sleep', 0, child)
    const work = this.#play(body, child)
    return this.scheduler.spawn(function* () {
      yield* begin
      yield* work
    })
  }

  /** Takes its time, also to end. What it does is not said: nobody may be left to move it. */
  #sharedPending(which: number): Pending<void> {
    const sleep = (time: number) => this.#timed('sleep', time, `shared ${which}`)
    const pending =
      this.#shared[which] ??
      this.scheduler.spawn(function* () {
        try {
          yield* sleep(2 + which)
        } finally {
          yield* sleep(1)
        }
      })
    this.#shared[which] = pending
    return pending
  }

  #resource(body: Program, teardown: Program, child: string): Operation<void> {
    const play = (program: Program, path: string) => this.#play(program, path)
    return resource<void>(function* (provide) {
      yield* play(body, child)
      try {
        yield* provide()
      } finally {
        yield* play(teardown, `${child} teardown`)
      }
    })
  }

  *#finally(body: Program, rest: Program, here: string): Operation<void> {
    let how: 'left' | 'over' = 'left'
    try {
      yield* this.#play(body, `${here} try`)
      how = 'over'
    } catch (failure) {
      how = 'over'
      throw failure
    } finally {
      if (isOwn(here) && how === 'left' && rest.length > 0) this.#lingers = true
      yield* this.#play(rest, `${here} finally`)
    }
  }

  *#catch(body: Program, rest: Program, here: string): Operation<void> {
    try {
      yield* this.#play(body, `${here} try`)
    } catch (failure) {
      this.say(`${here}: ${(failure as Error).message}`)
      yield* this.#play(rest, `${here} catch`)
    }
  }
}

function isOwn(path: string): boolean {
  return path.startsWith('own')
}

type Settle = ConstructorParameters<typeof Promise<void>>[0]

function* fromPromise(settle: (...args: Parameters<Settle>) => () => void): Operation<void> {
  let undo = () => {}
  const promise = new Promise<void>((resolve, reject) => {
    undo = settle(resolve, reject)
  })
  try {
    yield* until(promise)
  } finally {
    undo()
  }
}
