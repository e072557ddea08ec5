/**
 * Requests of every kind, answered, failed, cancelled and purged in any order, with hooks that do what hooks may do, over a
 * host in this thread and over the bridge: each comes to an end, none does what it must not (semantics 2.9), and in the end
 * nothing is held, on either side.
 *
 * Each of these faults, planted alone, made it fail within 3,000 runs: a body stays open that a failed hook has refused, that a declined 304
 * came with, that a transform has read, or that was opened for a stale answer whose request is cancelled in its hook; an
 * entry stays open when its request ends.
 */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError } from '../../lib/base/errors.js'
import type { PendingRequest } from '../../lib/client/request/pending-request.js'
import type { HttpResponse } from '../../lib/client/response/response.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import type { HookResult, Hooks } from '../../lib/pending/hooks.js'
import { isSendError } from '../../lib/pending/send-error.js'
import type { Handle } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { type Asked, CLEAN, decide, type Event, event, type Form, SIXTEEN, said, type Told } from './soak-events.js'
import { bridged, here, type Stage } from './soak-stages.js'

process.env['TIDEWAIT_INVARIANTS'] = '1'
const { SOAK_RUNS = '600', SOAK_SEED } = process.env
const URL = 'http://origin/'

/** One request: alive, answered with a body that may still be open, or over. */
interface Life {
  readonly pending: PendingRequest
  readonly controller: AbortController
  response: HttpResponse | undefined
  ending: 'alive' | 'answered' | 'failed'
}

class Soak {
  readonly #stage: Stage
  readonly #lives: Life[] = []
  readonly #answered = new Set<number>()
  readonly #bodies: Handle[] = []
  #gate = new Barrier()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async happen(event: Event): Promise<void> {
    const { origin } = this.#stage
    switch (event.event) {
      case 'ask':
        return this.#ask(event.asked)
      case 'tell':
        return this.#tell(event.at, event.told)
      case 'end body':
        return this.#endBody(event.at, event.how)
      case 'cancel':
        return this.#cancel(event.at)
      case 'abort':
        return pick(this.#lives, event.at)?.controller.abort()
      case 'read answer':
        return this.#read(pick(this.#lives, event.at)?.response)
      case 'close answer':
        return pick(this.#lives, event.at)?.response?.cancel()
      case 'release hooks':
        return this.#releaseHooks()
      case 'tick':
        return origin.clock.advance(event.seconds * 1000)
      case 'purge':
        return void origin.purged(origin.purge({ url: URL }, { soft: event.soft }))
      case 'turn':
        await new Promise(setImmediate)
    }
  }

  /** Everything that was held up is let go, until nothing moves any more. */
  async end(): Promise<void> {
    const { origin, cache } = this.#stage
    for (let rounds = 0; !this.#isOver(); rounds++) {
      assert.ok(rounds < 500, `stuck: ${JSON.stringify([this.#waits(), this.#held, origin.stats()])}`)
      this.#releaseHooks()
      while (this.#unanswered().length > 0) this.#tell(0, CLEAN)
      while (this.#openBodies().length > 0) this.#endBody(0, 'whole')
      for (const { response } of this.#lives) response?.cancel()
      // The end of a background fetch that nobody awaits is taken in when anything moves.
      this.#lives[0]?.pending.engine.turn()
      await new Promise(setImmediate)
    }
    origin.purged(origin.purge({ all: true }, { soft: false }))
    const { obligations, waiting, rememberedPurges } = origin.stats().transactions
    assert.equal({ obligations, waiting, rememberedPurges }, { obligations: 0, waiting: 0, rememberedPurges: 0 })
    assert.equal([cache.stats().requests.pending, cache.stats().revalidations.running], [0, 0])
  }

  #isOver(): boolean {
    const alive = this.#lives.filter(({ ending }) => ending === 'alive')
    return alive.length + this.#unanswered().length + this.#held + this.#waits() === 0
  }

  get #held(): number {
    return this.#stage.held()
  }

  #waits(): number {
    return (this.#lives[0]?.pending.engine.waits().length ?? 0) + this.#stage.waits()
  }

  #ask({ method, fields, override, form, before, after }: Asked): void {
    const beforeSend: Hooks['beforeSend'] = (request) =>
      this.#in(form, () => {
        if (before === 'throws') throw new Error('before')
        if (before === 'edits') request.headers.set('x-edited', '1')
      })
    const afterSend: Hooks['afterSend'] = (candidate) => this.#in(form, () => decide(candidate, after))
    const hooks = before === 'none' && after === 'none' ? {} : { beforeSend, afterSend }
    const controller = new AbortController()
    const { signal } = controller
    const init = { method, headers: fields, cacheOverride: override, signal, ...hooks }
    const pending = this.#stage.cache.send(URL, init)
    const life: Life = { pending, controller, response: undefined, ending: 'alive' }
    this.#lives.push(life)
    pending.then(
      (response) => {
        life.ending = 'answered'
        life.response = response
      },
      (failure: unknown) => {
        life.ending = 'failed'
        assert.ok(isSendError(failure) || failure instanceof CancelledError, String((failure as Error).stack))
      },
    )
  }

  /** To its end, or to what cuts it short. */
  #read(response: HttpResponse | undefined): void {
    if (response === undefined || response.bodyUsed) return
    response.text().then(
      (text) => assert.ok(SIXTEEN.includes(text), text),
      (failure: unknown) => assert.instance(failure, Error),
    )
  }

  #in(form: Form, work: () => void): HookResult {
    const { opened } = this.#gate
    switch (form) {
      case 'function':
        return work()
      case 'promise':
        return Promise.resolve().then(work)
      case 'held':
        return opened.then(work)
      case 'generator':
        return (function* () {
          work()
        })()
    }
  }

  #unanswered(): number[] {
    return this.#stage.origin.sent.map((_, index) => index + 1).filter((nth) => !this.#answered.has(nth))
  }

  #tell(at: number, told: Told): void {
    const { origin } = this.#stage
    const nth = pick(this.#unanswered(), at)
    if (nth === undefined) return
    this.#answered.add(nth)
    const { request } = origin.sent[nth - 1] as (typeof origin.sent)[number]
    try {
      origin.answer(nth, said(told, request.fields))
    } catch (failure) {
      assert.is((failure as Error).name, 'ClosedError', 'nobody waits for it any more')
    }
  }

  #openBodies(): Handle[] {
    this.#bodies.push(...this.#stage.origin.open.splice(0))
    return this.#bodies
  }

  #endBody(at: number, how: 'whole' | 'broken'): void {
    const { origin } = this.#stage
    const writer = pick(this.#openBodies(), at)
    if (writer === undefined) return
    this.#bodies.splice(this.#bodies.indexOf(writer), 1)
    if (how === 'broken') return origin.fail(writer, new Error('broken off'))
    try {
      origin.finish(writer)
    } catch (failure) {
      assert.is((failure as Error).name, 'ClosedError', 'nobody reads it any more')
    }
  }

  #cancel(at: number): void {
    const life = pick(
      this.#lives.filter(({ ending }) => ending === 'alive'),
      at,
    )
    if (life === undefined) return
    life.pending.cancel()
  }

  #releaseHooks(): void {
    this.#gate.open()
    this.#gate = new Barrier()
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)]
}

/** Over the bridge each run takes several times as long. */
const STAGES = [
  [here, 1],
  [bridged, 1 / 4],
] as const

for (const [stage, share] of STAGES) {
  for (const [name, policy] of [
    ['rfc9111', rfc9111],
    ['fastly', fastly],
  ] as const) {
    test(`${name}, ${stage.name}: whatever happens in whatever order, every request ends, and nothing is held`, async () => {
      const history = fc.array(event, { maxLength: 40, size: 'max' })
      const property = fc.asyncProperty(history, async (events) => {
        const opened = stage(policy)
        const soak = new Soak(opened)
        try {
          for (const each of events) await soak.happen(each)
          await soak.end()
        } finally {
          await opened.close()
        }
      })
      const seed = SOAK_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(SOAK_SEED)
      const numRuns = Math.ceil(Number(SOAK_RUNS) * share)
      console.log(`seed ${seed}: ${name}, ${stage.name}, ${numRuns} runs`)
      await fc.assert(property, { numRuns, seed })
    })
  }
}

test.run()
