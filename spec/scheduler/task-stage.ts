/** Random programs of structured concurrency, and the stage that plays one as a task of Effection's, or as a coroutine. */

import { action, all, ensure, type Operation, race, resource, scoped, spawn, suspend, type Task } from 'effection'
import fc from 'fast-check'
import { CancelledError, ManualReadiness, ready, Scheduler } from '../../lib/scheduler/index.js'
import type { Coroutine } from '../../lib/scheduler/internal.js'
import { microtasks } from './fixture.js'

type Step =
  | { readonly kind: 'sleep' | 'ready'; readonly time: number }
  | { readonly kind: 'throw' | 'suspend' }
  | { readonly kind: 'join'; readonly whom: number }
  | { readonly kind: 'spawn' | 'ensure' | 'scoped' | 'pending'; readonly body: Program }
  | { readonly kind: 'resource' | 'finally' | 'catch'; readonly body: Program; readonly rest: Program }
  | { readonly kind: 'race' | 'all'; readonly bodies: readonly Program[] }

export type Program = readonly Step[]

/** Longer than any program takes that has an end. */
const END = 60

const time = fc.integer({ min: 1, max: 6 })
const sleeping = fc.record({ kind: fc.constant('sleep' as const), time })
const failingChild = sleeping.map((sleep): Step => ({ kind: 'spawn', body: [sleep, { kind: 'throw' }] }))
const slowResource = sleeping.map((sleep): Step => ({ kind: 'resource', body: [], rest: [sleep] }))

function kind<K extends Step['kind']>(...kinds: readonly K[]): fc.Arbitrary<K> {
  return fc.constantFrom(...kinds)
}

export const { program } = fc.letrec<{ program: Program; step: Step }>((tie) => {
  const body = tie('program')
  const bodies = fc.array(body, { minLength: 1, maxLength: 3 })
  return {
    program: fc.array(tie('step'), { maxLength: 6, depthIdentifier: 'program' }),
    step: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'program' },
      { weight: 3, arbitrary: failingChild },
      { weight: 3, arbitrary: slowResource },
      { weight: 6, arbitrary: fc.record({ kind: kind('sleep', 'ready'), time }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('throw', 'suspend') }) },
      { weight: 1, arbitrary: fc.record({ kind: kind('join'), whom: fc.nat({ max: 3 }) }) },
      { weight: 5, arbitrary: fc.record({ kind: kind('spawn', 'spawn', 'ensure', 'scoped', 'pending'), body }) },
      { weight: 5, arbitrary: fc.record({ kind: kind('resource', 'finally', 'catch'), body, rest: body }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('race', 'all'), bodies }) },
    ),
  }
})

/** What came of a program, in words. */
export interface Played {
  /** What was done after which ring of an alarm; what followed from the same ring is in no order. */
  readonly log: readonly string[]
  readonly end: string
  /** Whether it did nothing that a coroutine means to do otherwise than a task. */
  readonly isComparable: boolean
}

interface Alarm {
  readonly path: string
  readonly due: number
  readonly ring: () => void
}

/** Where a part of a program was left: before its end by nobody but whoever interrupts it. */
class Passage {
  how: 'left' | 'returned' | 'threw' = 'left';

  *through(part: Operation<void>): Operation<void> {
    try {
      yield* part
      this.how = 'returned'
    } catch (failure) {
      this.how = 'threw'
      throw failure
    }
  }
}

/** Plays one program in a time of its own, in which one alarm rings after the other, and the next when all is at rest. */
export class Stage {
  readonly #readiness = new ManualReadiness()
  readonly #scheduler = new Scheduler(this.#readiness)
  readonly #log: string[] = []
  readonly #alarms = new Set<Alarm>()
  /** Inner scopes of the program itself that are being torn down. */
  readonly #closing = new Set<string>()
  #now = 0
  #rings = 0
  #end = 'never'
  #isComparable = true

  async asTask(program: Program, haltAt: number | undefined): Promise<Played> {
    const task = this.#scheduler.scope.run(() => this.#play(program, 'own'))
    // What halting fails with, the task fails with too.
    return this.#pass(task, haltAt, () => void task.halt().catch(() => {}))
  }

  async asCoroutine(program: Program, cancelAt: number | undefined): Promise<Played> {
    const pending = this.#scheduler.spawn(() => this.#play(program, 'own'))
    return this.#pass(pending, cancelAt, () => pending.cancel())
  }

  async #pass(played: PromiseLike<void>, stopAt: number | undefined, stop: () => void): Promise<Played> {
    played.then(
      () => this.#ended('returned'),
      (failure) => this.#ended(failure instanceof CancelledError ? 'halted' : (failure as Error).message),
    )
    await microtasks()
    for (; this.#now < END; this.#now++) {
      for (let next = this.#nextAlarm(); next !== undefined; next = this.#nextAlarm()) await this.#ring(next)
      if (stopAt === this.#now && this.#end === 'never') stop()
      await microtasks()
    }
    return { log: this.#log.toSorted(), end: this.#end, isComparable: this.#isComparable }
  }

  #ended(how: string): void {
    this.#end = how
    this.#say(how)
  }

  #say(what: string): void {
    this.#log.push(`${this.#rings} ${what}`)
  }

  #nextAlarm(): Alarm | undefined {
    const due = [...this.#alarms].filter((alarm) => alarm.due <= this.#now)
    return due.toSorted((a, b) => (a.path < b.path ? -1 : 1))[0]
  }

  async #ring(alarm: Alarm): Promise<void> {
    this.#alarms.delete(alarm)
    this.#rings++
    alarm.ring()
    await microtasks()
  }

  #alarm(path: string, time: number, ring: () => void): () => void {
    const alarm = { path, due: this.#now + time, ring }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** `path` begins with `own` in the generator of the program itself, and with `child` in what that has spawned. */
  *#play(program: Program, path: string): Operation<void> {
    const tasks: Task<void>[] = []
    for (const [i, step] of program.entries()) {
      const here = `${path}/${i} ${step.kind}`
      this.#say(here)
      yield* this.#perform(step, here, tasks)
      this.#say(`${here} done`)
    }
  }

  *#perform(step: Step, here: string, tasks: Task<void>[]): Operation<void> {
    const child = here.replace('own', 'child')
    switch (step.kind) {
      case 'sleep':
        return yield* this.#sleep(step.time, here)
      case 'ready':
        return yield* this.#ready(step.time, here)
      case 'throw':
        // The end of an inner scope that fails itself may drop another failure in a task.
        if (this.#closing.size > 0) this.#isComparable = false
        throw new Error(`thrown at ${child}`)
      case 'suspend':
        return yield* suspend()
      case 'join':
        yield* tasks[step.whom] ?? []
        return
      case 'spawn':
        tasks.push(yield* spawn(() => this.#play(step.body, child)))
        // Children begin when a coroutine waits, and those of a task already when it spawns more in an inner scope.
        return yield* this.#sleep(0, here)
      case 'ensure':
        return yield* ensure(() => this.#play(step.body, child))
      case 'scoped':
        return yield* this.#scoped(step.body, here)
      case 'pending':
        return yield* this.#pending(step.body, here, child)
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
    }
  }

  #sleep(time: number, here: string): Operation<void> {
    return action<void>((resolve) => this.#alarm(here, time, resolve))
  }

  *#ready(time: number, here: string): Operation<void> {
    const handle = this.#readiness.open()
    const undo = this.#alarm(here, time, () => this.#readiness.settle(handle))
    try {
      yield* ready(handle)
    } finally {
      undo()
      this.#readiness.close(handle)
    }
  }

  *#scoped(body: Program, here: string): Operation<void> {
    const stage = this
    try {
      yield* scoped(function* () {
        try {
          yield* stage.#play(body, here)
        } finally {
          if (isOwn(here)) stage.#closing.add(here)
        }
      })
    } finally {
      this.#closing.delete(here)
    }
  }

  /** Likewise one that is left, and takes its time to end. */
  *#pending(body: Program, here: string, child: string): Operation<void> {
    const pending = this.#scheduler.spawn(() => this.#play(body, child)) as Coroutine<void>
    try {
      yield* pending
    } finally {
      if (isOwn(here) && !pending.finished) this.#isComparable = false
    }
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

  /** A `finally` block that waits loses the halt, and goes on; a task is halted again by the next failure, and a coroutine is not. */
  *#finally(body: Program, rest: Program, here: string): Operation<void> {
    const [inside, after] = [new Passage(), new Passage()]
    try {
      yield* inside.through(this.#play(body, `${here} try`))
    } finally {
      if (isOwn(here) && inside.how === 'left' && rest.length > 0) this.#isComparable = false
      try {
        yield* after.through(this.#play(rest, `${here} finally`))
      } finally {
        if (isOwn(here) && after.how === 'left') this.#isComparable = false
      }
    }
  }

  *#catch(body: Program, rest: Program, here: string): Operation<void> {
    try {
      yield* this.#play(body, `${here} try`)
    } catch (failure) {
      this.#say(`${here}: ${(failure as Error).message}`)
      yield* this.#play(rest, `${here} catch`)
    }
  }
}

function isOwn(path: string): boolean {
  return path.startsWith('own')
}
