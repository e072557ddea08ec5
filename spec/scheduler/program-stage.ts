/** Random programs for coroutines, and the stage that plays one on a real scheduler and checks every move when it is made. */

import { action } from 'effection'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  BadHandleError,
  CancelledError,
  ManualReadiness,
  type Pending,
  promised,
  ready,
  Scheduler,
  TimeoutError,
} from '../../lib/scheduler/index.js'
import { microtasks } from './fixture.js'

/**
 * What a coroutine of a program does: wait for handles by their number, for an earlier coroutine, for a promise, or for an
 * effect of Effection's that has its result at once or from the event loop; or fail.
 */
type Step =
  | { readonly kind: 'ready'; readonly handle: number }
  | { readonly kind: 'join'; readonly whom: number }
  | { readonly kind: Foreign }

type Foreign = 'promise' | 'effect' | 'late effect' | 'throw'

export type Command =
  | { readonly kind: 'spawn'; readonly steps: readonly Step[]; readonly teardown: number | undefined }
  | { readonly kind: 'settle' | 'close'; readonly handle: number }
  | { readonly kind: 'poll' | 'wait' | 'cancel' | 'await'; readonly whom: number }
  | { readonly kind: 'turn' | 'select' | 'microtasks' }

type HandleState = 'open' | 'ready' | 'closed'

const HANDLES = 4

/** More than any program needs to come to its end once every handle is ready. */
const ROUNDS = 200

/** What a coroutine throws by itself. */
class Mishap extends Error {
  override name = 'Mishap'
}

const FAILURES: ReadonlySet<string> = new Set(['Mishap', 'CancelledError'])

const handle = fc.nat({ max: HANDLES - 1 })
const whom = fc.nat({ max: 7 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ready' as const), handle }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), whom }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<Foreign[]>('promise', 'effect', 'late effect', 'late effect', 'throw'),
    }),
  },
)
export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('spawn' as const),
      steps: fc.array(step, { maxLength: 4 }),
      teardown: fc.option(handle, { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('settle' as const, 'settle' as const, 'close' as const), handle }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('poll' as const, 'wait' as const, 'cancel' as const, 'await' as const),
      whom,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('turn' as const, 'select' as const, 'microtasks' as const) }),
  },
)

/** Seldom met by chance: it is cancelled while an effect is under way, and its `finally` block waits. */
export const TAKEN_BACK: readonly Command[] = [
  { kind: 'spawn', steps: [{ kind: 'late effect' }], teardown: 0 },
  { kind: 'poll', whom: 0 },
  { kind: 'cancel', whom: 0 },
]

/** One coroutine as the model sees it: how far it got, and how it ended. */
interface Actor {
  readonly pending: Pending<string>
  readonly steps: readonly Step[]
  at: number
  /** Late effects it has entered, less those undone. */
  effects: number
  /** How often its `finally` block was begun, and ended. */
  begun: number
  ended: number
  /**
   * Told to stop: before it had an answer, or too late. If it was on its way out by itself already, the language cuts
   * its `finally` block short.
   */
  cancelled: 'never' | 'in time' | 'on its way out' | 'too late'
}

/** Runs a program on a real scheduler, and checks every move when it is made. */
export class Stage {
  readonly readiness = new ManualReadiness()
  readonly scheduler = new Scheduler(this.readiness)
  readonly actors: Actor[] = []
  readonly handles = Array.from({ length: HANDLES }, () => this.readiness.open())
  readonly states: HandleState[] = new Array<HandleState>(HANDLES).fill('open')

  async run(program: readonly Command[]): Promise<void> {
    for (const each of program) await this.#perform(each)
    await this.#finish()
  }

  async #perform(command: Command): Promise<void> {
    switch (command.kind) {
      case 'spawn':
        return this.#spawn(command.steps, command.teardown)
      case 'settle':
        if (this.states[command.handle] !== 'open') return
        this.states[command.handle] = 'ready'
        return this.readiness.settle(this.handles[command.handle] as number)
      case 'close':
        if (this.states[command.handle] === 'closed') return
        this.states[command.handle] = 'closed'
        return this.readiness.close(this.handles[command.handle] as number)
      case 'turn':
        this.#turn()
        return
      case 'select':
        return this.#select()
      case 'microtasks':
        return microtasks()
      default:
        return this.#drive(command.kind, this.actors[command.whom])
    }
  }

  /** The lowest that has finished wins, and the others stay as they are. */
  #select(): void {
    const pendings = this.actors.map(({ pending }) => pending)
    if (pendings.length === 0) return
    try {
      const { index, value, rest } = this.scheduler.select(pendings, { timeoutMs: 0 })
      assert.is(pendings[index]?.wait(), value)
      assert.equal(rest.length, pendings.length - 1)
    } catch (failure) {
      assert.ok(FAILURES.has((failure as Error).name) || failure instanceof TimeoutError, String(failure))
    }
  }

  #drive(kind: 'poll' | 'wait' | 'cancel' | 'await', actor: Actor | undefined): void {
    if (actor === undefined) return
    if (kind === 'cancel') this.#cancel(actor)
    else if (kind === 'await') actor.pending.then(ignore, ignore)
    else if (kind === 'wait') this.#outcome(actor)
    else this.#poll(actor)
  }

  #cancel(actor: Actor): void {
    if (actor.cancelled === 'never') {
      if (actor.ended > 0) actor.cancelled = 'too late'
      else actor.cancelled = actor.begun > 0 ? 'on its way out' : 'in time'
    }
    actor.pending.cancel()
    assert.is(actor.effects, 0, 'what it waited for was taken back at once')
  }

  #poll(actor: Actor): boolean {
    try {
      return actor.pending.poll().ready
    } catch {
      return true
    }
  }

  #turn(): number {
    return this.scheduler.turn()
  }

  #spawn(steps: readonly Step[], teardown: number | undefined): void {
    const play = () => this.#play(actor, teardown)
    const pending = this.scheduler.spawn(play)
    const actor: Actor = { pending, steps, at: 0, effects: 0, begun: 0, ended: 0, cancelled: 'never' }
    this.actors.push(actor)
  }

  *#play(actor: Actor, teardown: number | undefined) {
    try {
      for (const step of actor.steps) {
        if (step.kind === 'ready') yield* this.#await(step.handle)
        else if (step.kind === 'join') yield* this.#join(actor, step.whom)
        else yield* this.#foreign(actor, step.kind)
        actor.at++
      }
      return 'answer'
    } finally {
      actor.begun++
      if (teardown !== undefined) yield* this.#await(teardown)
      actor.ended++
    }
  }

  /** Going on means: the handle was ready, or it was bad and says so. */
  *#await(index: number) {
    try {
      yield* ready(this.handles[index] as number)
    } catch (failure) {
      assert.instance(failure, BadHandleError)
      assert.is(this.states[index], 'closed', 'only a closed handle is bad')
      return
    }
    assert.is(this.states[index], 'ready', 'it moved, so its handle was ready')
  }

  *#foreign(actor: Actor, kind: Foreign) {
    if (kind === 'throw') throw new Mishap()
    if (kind === 'promise') return yield* promised(microtasks())
    yield* action<void>((resolve) => {
      // Effection does not undo what had its result before it was entered.
      if (kind === 'effect') {
        resolve()
        return () => {}
      }
      actor.effects++
      microtasks().then(resolve)
      return () => {
        actor.effects--
      }
    })
  }

  /** Going on means: whom it waited for has finished. Only earlier ones, so that there are no cycles. */
  *#join(actor: Actor, whom: number) {
    const target = this.actors[whom]
    if (target === undefined || this.actors.indexOf(actor) <= whom) return
    try {
      yield* target.pending
    } catch (failure) {
      assert.ok(failure instanceof CancelledError || failure instanceof Mishap, 'nothing else makes one of these fail')
    }
    assert.ok(this.#poll(target), 'it moved, so its target had finished')
  }

  /** A coroutine is where the model says it can be at the latest: every handle is ready in the end, so all have ended. */
  async #finish(): Promise<void> {
    while (this.#turn() > 0);
    for (const actor of this.actors) this.#mayNotMove(actor)
    for (let i = 0; i < HANDLES; i++) await this.#perform({ kind: 'settle', handle: i })
    for (let rounds = 0; rounds < ROUNDS && (this.#turn() > 0 || this.scheduler.waits().length > 0); rounds++)
      await microtasks()
    for (const actor of this.actors) {
      assert.ok(this.#poll(actor), 'no wake-up was lost')
      this.#hasEnded(actor)
    }
    assert.is(this.#turn(), 0)
    assert.equal(this.scheduler.waits(), [])
  }

  #hasEnded(actor: Actor): void {
    const { begun, ended, cancelled } = actor
    const outcome = this.#outcome(actor)
    assert.is(this.#outcome(actor), outcome, 'an answer is for good')
    assert.is(actor.effects, 0, 'every effect was undone, once')
    assert.ok(begun <= 1, 'finally ran at most once')
    if (cancelled !== 'on its way out') assert.is(ended, begun, 'and to its end')
    if (cancelled === 'in time' || cancelled === 'on its way out') assert.is(outcome, 'CancelledError')
    if (outcome === 'Mishap') assert.is(actor.steps[actor.at]?.kind, 'throw', 'it failed where it threw')
    if (outcome === 'answer') assert.equal([actor.at, ended], [actor.steps.length, 1], 'it did all it had to do')
  }

  /** At rest, whoever has not finished is parked on something that is not ready. */
  #mayNotMove(actor: Actor): void {
    const before = [actor.at, actor.begun, actor.ended]
    if (!this.#poll(actor)) assert.not(this.scheduler.isReady(actor.pending.waitHandle))
    assert.equal([actor.at, actor.begun, actor.ended], before, 'a turn had left nothing to do')
  }

  #outcome({ pending }: Actor): string {
    try {
      return pending.wait({ timeoutMs: 0 })
    } catch (failure) {
      return (failure as Error).name
    }
  }
}

function ignore(): void {}
