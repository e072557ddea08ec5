/** The stage that plays a random program on a real scheduler and checks every move when it is made. */

import { action, type Operation } from 'effection'
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
import { type Command, type Foreign, HANDLES, type Step } from './program-commands.js'

type HandleState = 'open' | 'ready' | 'closed'

/** More than any program needs to come to its end once every handle is ready. */
const ROUNDS = 200

/** What a coroutine throws by itself. */
class Mishap extends Error {
  override name = 'Mishap'
}

const FAILURES: ReadonlySet<string> = new Set(['Mishap', 'CancelledError'])

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
  /** Whether the event loop has to move the coroutine. */
  awaited: 'not' | 'under way' | 'over'
  /**
   * Told to stop: before it had an answer, or too late. If it was on its way out by itself already, the language cuts
   * its `finally` block short.
   */
  cancelled: 'never' | 'in time' | 'on its way out' | 'too late'
  /** Whether another was cancelled while this one was on its way out by itself. If that was its owner, this one was cut short. */
  mayBeCut: boolean
}

/** Runs a program on a real scheduler, and checks every move when it is made. */
export class Stage {
  readonly readiness = new ManualReadiness()
  readonly scheduler = new Scheduler(this.readiness)
  readonly actors: Actor[] = []
  readonly handles = Array.from({ length: HANDLES }, () => this.readiness.open())
  readonly states: HandleState[] = new Array<HandleState>(HANDLES).fill('open')

  /** `between` each command and the next, the event loop may come to rest. */
  async run(program: readonly Command[], between: 'at once' | 'at rest'): Promise<void> {
    for (const each of program) {
      await this.#perform(each)
      if (between === 'at rest') await this.#rest()
    }
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

  /** The lowest pending that has finished wins, and the others stay as they are. */
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
    else if (kind === 'await') this.#want(actor)
    else if (kind === 'wait') this.#outcome(actor)
    else this.#poll(actor)
  }

  #want(actor: Actor): void {
    const over = () => {
      actor.awaited = 'over'
    }
    actor.awaited = 'under way'
    actor.pending.then(over, over)
  }

  /** A coroutine that is awaited needs no driver besides. */
  async #rest(): Promise<void> {
    await microtasks()
    for (const { awaited, pending } of this.actors) {
      if (awaited === 'under way') assert.not(this.scheduler.isReady(pending.waitHandle), 'the event loop has moved it')
    }
  }

  #cancel(actor: Actor): void {
    if (actor.cancelled === 'never') {
      if (actor.ended > 0) actor.cancelled = 'too late'
      else actor.cancelled = actor.begun > 0 ? 'on its way out' : 'in time'
    }
    for (const other of this.actors) if (other.cancelled === 'never' && other.begun > other.ended) other.mayBeCut = true
    actor.pending.cancel()
    assert.ok(actor.effects <= actor.begun - actor.ended, 'what it waited for was taken back at once')
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

  #spawn(steps: readonly Step[], teardown: Step | undefined): void {
    const play = () => this.#play(actor, teardown)
    const pending = this.scheduler.spawn(play)
    const actor: Actor = {
      pending,
      steps,
      at: 0,
      effects: 0,
      begun: 0,
      ended: 0,
      awaited: 'not',
      cancelled: 'never',
      mayBeCut: false,
    }
    this.actors.push(actor)
  }

  *#play(actor: Actor, teardown: Step | undefined) {
    try {
      for (const step of actor.steps) {
        yield* this.#step(actor, step)
        actor.at++
      }
      return 'answer'
    } finally {
      actor.begun++
      if (teardown !== undefined) yield* this.#step(actor, teardown)
      actor.ended++
    }
  }

  *#step(actor: Actor, step: Step): Operation<void> {
    if (step.kind === 'ready') yield* this.#await(step.handle)
    else if (step.kind === 'join') yield* this.#join(actor, step.whom)
    else if (step.kind === 'begin') yield* this.scheduler.spawn(() => this.#await(step.handle))
    else yield* this.#foreign(actor, step.kind)
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

  /** Going on means: the coroutine it waited for has finished. Only earlier ones are joined, so that there are no cycles. */
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
    const { begun, ended, cancelled, mayBeCut } = actor
    const outcome = this.#outcome(actor)
    assert.is(this.#outcome(actor), outcome, 'an answer is for good')
    assert.is(actor.effects, 0, 'every effect was undone, once')
    assert.ok(begun <= 1, 'finally ran at most once')
    const wasCut = cancelled === 'on its way out' || (mayBeCut && outcome === 'CancelledError')
    if (!wasCut) assert.is(ended, begun, 'and to its end')
    if (cancelled === 'in time' || cancelled === 'on its way out') assert.is(outcome, 'CancelledError')
    if (outcome === 'Mishap') assert.is(actor.steps[actor.at]?.kind, 'throw', 'it failed where it threw')
    if (outcome === 'answer') assert.equal([actor.at, ended], [actor.steps.length, 1], 'it did all it had to do')
  }

  /** At rest, a coroutine that has not finished is parked on something that is not ready. */
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
