/** Random hooks, that wait, fail, clean up and cancel their own request, and what becomes of a request that has them. */

import { type Operation, spawn, until } from 'effection'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { ClosedError } from '../../lib/base/errors.js'
import type { Answer } from '../../lib/pending/answer.js'
import type { HookResult } from '../../lib/pending/hooks.js'
import { type Pending, promised } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { ok, type Said, setting, textOf } from './fixture.js'

/** `delegate` waits in an inner generator, whose `finally` block waits as well; `spawn` begins a child whose failure fails the hook. */
type Act = 'wait' | 'effect' | 'throw' | 'cancel' | 'spawn' | 'delegate'

interface HookProgram {
  readonly form: 'function' | 'generator' | 'promise'
  readonly acts: readonly Act[]
  /** What the hook does in its `finally` block, if it is a generator. */
  readonly cleanUp: readonly Act[]
}

export interface Program {
  /** The `Cache-Control` of the object that is stored, and stale. */
  readonly stored: string | undefined
  readonly beforeSend: HookProgram | undefined
  readonly afterSend: HookProgram | undefined
  /** The request is cancelled after so many rounds, in each of which whatever was waited for comes. */
  readonly cancelAfter: number | undefined
  readonly crowd: 'alone' | 'with another'
  readonly said: Said
}

/** More rounds than any program takes. */
const ROUNDS = 20

const act = fc.constantFrom<Act[]>('wait', 'wait', 'effect', 'throw', 'cancel', 'spawn', 'delegate')
const hook = fc.option(
  fc.record({
    form: fc.constantFrom<HookProgram['form'][]>('generator', 'generator', 'generator', 'promise', 'function'),
    acts: fc.array(act, { maxLength: 3 }),
    cleanUp: fc.array(act, { maxLength: 2 }),
  }),
  { nil: undefined, freq: 3 },
)

export const program: fc.Arbitrary<Program> = fc.record({
  stored: fc.constantFrom(undefined, 'max-age=10', ...['stale-if-error', 'stale-while-revalidate'].map(stale)),
  beforeSend: hook,
  afterSend: hook,
  cancelAfter: fc.option(fc.nat({ max: 4 }), { nil: undefined, freq: 3 }),
  crowd: fc.constantFrom<Program['crowd'][]>('alone', 'with another'),
  said: fc.constantFrom<Said[]>(ok('max-age=60'), ok('no-store'), 'ConnectionRefused'),
})

function stale(window: string): string {
  return `max-age=10, ${window}=100`
}

/** Plays one program, and checks what it leaves behind. */
export class Stage {
  readonly #setting = setting()
  #gates: Barrier[] = []
  #leader: Pending<Answer> | undefined
  #hasEnded = false
  /** How much had been sent when the request was cancelled before it had ended. */
  #sentBefore: number | undefined

  async run({ stored, beforeSend, afterSend, cancelAfter, crowd, said }: Program): Promise<void> {
    const { host, clock, request } = this.#setting
    if (stored !== undefined) await this.#setting.stored(ok(stored))
    clock.advance(20_000)
    const hooks = { beforeSend: this.#hook(beforeSend), afterSend: this.#hook(afterSend) }
    this.#leader = request({ hooks })
    const all = [this.#leader, ...(crowd === 'alone' ? [] : [request()])].map((each) => this.#read(each))
    for (let round = 0; round < ROUNDS; round++) {
      if (round === cancelAfter) this.#cancel()
      await this.#goOn(said)
    }
    await Promise.all(all)
    if (crowd === 'alone') assert.is(host.sent.length, this.#sentBefore ?? host.sent.length, 'it sends no more')
    const { obligations, waiting } = host.stats().transactions
    assert.equal({ held: host.held, obligations, waiting }, { held: 0, obligations: 0, waiting: 0 })
  }

  /** Until its answer is read whole, or it has failed. */
  #read(pending: Pending<Answer>): Promise<unknown> {
    const ends = () => {
      if (pending === this.#leader) this.#hasEnded = true
    }
    return pending.then((answer) => {
      ends()
      return textOf(this.#setting.host, answer)
    }, ends) as Promise<unknown>
  }

  #cancel(): void {
    if (this.#hasEnded) return
    this.#sentBefore ??= this.#setting.host.sent.length
    this.#leader?.cancel()
  }

  async #goOn(said: Said): Promise<void> {
    const { host } = this.#setting
    for (const gate of this.#gates.splice(0)) gate.open()
    for (const [i, sent] of host.sent.entries()) if (sent.said === undefined) this.#answer(i + 1, said)
    await new Promise((resolve) => setImmediate(resolve))
  }

  #answer(nth: number, said: Said): void {
    try {
      this.#setting.host.answer(nth, said)
    } catch (failure) {
      assert.instance(failure, ClosedError, 'whoever has sent it has left')
    }
  }

  #gate(): Promise<void> {
    const gate = new Barrier()
    this.#gates.push(gate)
    return gate.opened
  }

  #hook(program: HookProgram | undefined): (() => HookResult) | undefined {
    if (program === undefined) return undefined
    const { form, acts, cleanUp } = program
    if (form === 'generator') return () => this.#operation(acts, cleanUp)
    if (form === 'promise') return () => this.#promise(acts)
    return () => {
      for (const act of acts) this.#atOnce(act)
    }
  }

  async #promise(acts: readonly Act[]): Promise<void> {
    for (const act of acts) {
      if (act === 'wait') await this.#gate()
      else this.#atOnce(act)
    }
  }

  *#operation(acts: readonly Act[], cleanUp: readonly Act[]): Operation<void> {
    try {
      for (const act of acts) yield* this.#step(act)
    } finally {
      for (const act of cleanUp) yield* this.#step(act)
    }
  }

  *#step(act: Act): Operation<void> {
    const gate = () => this.#gate()
    if (act === 'wait') yield* promised(gate())
    else if (act === 'effect') yield* until(gate())
    else if (act === 'delegate') yield* this.#operation(['wait'], ['wait'])
    else if (act === 'spawn') {
      yield* spawn(function* () {
        yield* until(gate())
        throw new Error('of a child')
      })
    } else this.#atOnce(act)
  }

  #atOnce(act: Act): void {
    if (act === 'throw') throw new Error('of a hook')
    if (act === 'cancel') this.#cancel()
  }
}
