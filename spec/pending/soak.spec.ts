/**
 * Requests of every kind, answered, failed, cancelled and purged in any order, with hooks that do what hooks may do: each
 * comes to an end, none does what it must not (semantics 2.9), and in the end nothing is held.
 *
 * Each of these faults, planted alone, made it fail: a body stays open that a failed hook has refused, that a declined 304
 * came with, that a transform has read, or that was opened for a stale answer whose request is cancelled in its hook; an
 * entry stays open when its request ends.
 */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError } from '../../lib/base/errors.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { Answer } from '../../lib/pending/answer.js'
import type { CandidateResponse } from '../../lib/pending/candidate.js'
import type { RequestContext } from '../../lib/pending/context.js'
import type { HookResult, Hooks } from '../../lib/pending/hooks.js'
import { pendingRequest } from '../../lib/pending/request.js'
import { isSendError } from '../../lib/pending/send-error.js'
import type { Handle, Pending } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { get, head, type Said, setting } from './fixture.js'

const { SOAK_RUNS = '300', SOAK_SEED } = process.env
const SIXTEEN = '0123456789abcdef'

type Form = 'function' | 'promise' | 'generator' | 'held'
type Before = 'none' | 'edits' | 'throws'
type After = 'none' | 'throws' | 'cacheable' | 'declines' | 'records' | 'transforms' | 'breaks' | 'shortens'

interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly fields: Readonly<Record<string, string>>
  readonly override: 'none' | 'pass'
  readonly form: Form
  readonly before: Before
  readonly after: After
}

interface Told {
  readonly status: 200 | 404 | 500 | 503 | 'fails'
  readonly cacheControl: string
  readonly vary: string
  readonly etag: string
  readonly end: 'whole' | 'later'
}

type Event =
  | { readonly event: 'ask'; readonly asked: Asked }
  | { readonly event: 'tell'; readonly at: number; readonly told: Told }
  | { readonly event: 'end body'; readonly at: number; readonly how: 'whole' | 'broken' }
  | { readonly event: 'cancel' | 'close answer'; readonly at: number }
  | { readonly event: 'release hooks' | 'turn' }
  | { readonly event: 'tick'; readonly seconds: number }
  | { readonly event: 'purge'; readonly soft: boolean }

const asked: fc.Arbitrary<Asked> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'HEAD', 'POST'),
  fields: fc
    .record(
      {
        'accept-language': fc.constantFrom('en', 'fr'),
        'cache-control': fc.constantFrom('no-cache', 'max-stale', 'only-if-cached', 'no-store'),
        range: fc.constantFrom('bytes=2-5', 'bytes=9-'),
        'if-none-match': fc.constant('"1"'),
      },
      { requiredKeys: [] },
    )
    .map((fields) => ({ ...fields })),
  override: fc.constantFrom('none', 'none', 'none', 'none', 'pass'),
  form: fc.constantFrom('function', 'promise', 'generator', 'held'),
  before: fc.constantFrom('none', 'none', 'none', 'edits', 'throws'),
  after: fc.constantFrom(
    'none',
    'none',
    'none',
    'throws',
    'cacheable',
    'declines',
    'records',
    'transforms',
    'breaks',
    'shortens',
  ),
})

const told: fc.Arbitrary<Told> = fc.record({
  status: fc.constantFrom<Told['status'][]>(200, 200, 200, 200, 404, 500, 503, 'fails'),
  cacheControl: fc.constantFrom(
    'max-age=2',
    'max-age=1, stale-while-revalidate=3',
    'max-age=1, stale-if-error=9',
    'max-age=0',
    'private',
    'no-store',
  ),
  vary: fc.constantFrom('', '', 'accept-language'),
  etag: fc.constantFrom('', '"1"', '"1"', '"2"'),
  end: fc.constantFrom('whole', 'whole', 'later'),
})

const at = fc.nat(7)
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ event: fc.constant('ask' as const), asked }) },
  { weight: 7, arbitrary: fc.record({ event: fc.constant('tell' as const), at, told }) },
  {
    weight: 2,
    arbitrary: fc.record({ event: fc.constant('end body' as const), at, how: fc.constantFrom('whole', 'broken') }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constantFrom('cancel' as const, 'close answer' as const), at }) },
  { weight: 4, arbitrary: fc.record({ event: fc.constantFrom('release hooks' as const, 'turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('tick' as const), seconds: fc.constantFrom(1, 2, 5) }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('purge' as const), soft: fc.boolean() }) },
)

/** One request: alive, answered with a body that is still open, or over. */
interface Life {
  readonly context: RequestContext
  readonly pending: Pending<Answer>
  body: Handle | undefined
  ending: 'alive' | 'answered' | 'failed'
}

class Soak {
  readonly #setting
  readonly #lives: Life[] = []
  readonly #answered = new Set<number>()
  readonly #bodies: Handle[] = []
  #gate = new Barrier()

  constructor(policy: Policy) {
    this.#setting = setting(policy)
  }

  async happen(event: Event): Promise<void> {
    const { host, clock, scheduler } = this.#setting
    switch (event.event) {
      case 'ask':
        return this.#ask(event.asked)
      case 'tell':
        return this.#tell(event.at, event.told)
      case 'end body':
        return this.#endBody(event.at, event.how)
      case 'cancel':
        return this.#cancel(event.at)
      case 'close answer':
        return this.#close(
          pick(
            this.#lives.filter(({ body }) => body !== undefined),
            event.at,
          ),
        )
      case 'release hooks':
        return this.#releaseHooks()
      case 'tick':
        return clock.advance(event.seconds * 1000)
      case 'purge':
        return void host.purged(host.purge({ url: 'http://origin/' }, { soft: event.soft }))
      case 'turn':
        scheduler.turn()
        await new Promise(setImmediate)
    }
  }

  /** Everything that was held up is let go, until nothing moves any more. */
  async end(): Promise<void> {
    const { host, scheduler, revalidations } = this.#setting
    for (let rounds = 0; !this.#isOver(); rounds++) {
      assert.ok(rounds < 200, `stuck: ${JSON.stringify([scheduler.waits(), host.stats()])}`)
      this.#releaseHooks()
      while (this.#unanswered().length > 0) this.#tell(0, CLEAN)
      while (this.#openBodies().length > 0) this.#endBody(0, 'whole')
      for (const life of this.#lives) this.#close(life)
      scheduler.turn()
      await new Promise(setImmediate)
    }
    const { obligations, waiting } = host.stats().transactions
    assert.equal({ obligations, waiting, held: host.held }, { obligations: 0, waiting: 0, held: 0 })
    assert.equal(scheduler.waits(), [])
    assert.is(revalidations.stats().running, 0)
  }

  #isOver(): boolean {
    const { host, scheduler } = this.#setting
    const alive = this.#lives.filter(({ ending, body }) => ending === 'alive' || body !== undefined)
    return alive.length === 0 && scheduler.waits().length === 0 && this.#unanswered().length + host.held === 0
  }

  #ask({ method, fields, override, form, before, after }: Asked): void {
    const hooks: Hooks = {
      beforeSend: (request) =>
        this.#in(form, () => {
          if (before === 'throws') throw new Error('before')
          if (before === 'edits') request.headers.set('x-edited', '1')
        }),
      afterSend: (candidate) => this.#in(form, () => decide(candidate, after)),
    }
    const hooked = before !== 'none' || after !== 'none'
    const request = { ...get(fields), method }
    const context = this.#setting.context({ request, override, ...(hooked && { hooks }) })
    const pending = this.#setting.scheduler.spawn(() => pendingRequest(context))
    const life: Life = { context, pending, body: undefined, ending: 'alive' }
    this.#lives.push(life)
    pending.then(
      ({ body }) => {
        life.ending = 'answered'
        life.body = body
      },
      (failure: unknown) => {
        life.ending = 'failed'
        assert.ok(isSendError(failure) || failure instanceof CancelledError, String((failure as Error).stack))
      },
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
    return this.#setting.host.sent.map((_, index) => index + 1).filter((nth) => !this.#answered.has(nth))
  }

  #tell(at: number, told: Told): void {
    const { host } = this.#setting
    const nth = pick(this.#unanswered(), at)
    if (nth === undefined) return
    this.#answered.add(nth)
    const { request } = host.sent[nth - 1] as (typeof host.sent)[number]
    try {
      host.answer(nth, said(told, request.fields))
    } catch (failure) {
      assert.is((failure as Error).name, 'ClosedError', 'nobody waits for it any more')
    }
  }

  #openBodies(): Handle[] {
    const { host } = this.#setting
    this.#bodies.push(...host.open.splice(0))
    return this.#bodies
  }

  #endBody(at: number, how: 'whole' | 'broken'): void {
    const { host } = this.#setting
    const writer = pick(this.#openBodies(), at)
    if (writer === undefined) return
    this.#bodies.splice(this.#bodies.indexOf(writer), 1)
    if (how === 'broken') return host.fail(writer, new Error('broken off'))
    try {
      host.finish(writer)
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
    life.context.end()
  }

  #close(life: Life | undefined): void {
    if (life?.body === undefined) return
    this.#setting.host.close(life.body)
    life.body = undefined
  }

  #releaseHooks(): void {
    this.#gate.open()
    this.#gate = new Barrier()
  }
}

const CLEAN: Told = { status: 200, cacheControl: 'max-age=2', vary: '', etag: '', end: 'whole' }

/** A validator that is sent is confirmed if it is the one that is told. */
function said({ status, cacheControl, vary, etag, end }: Told, fields: readonly (readonly [string, string])[]): Said {
  if (status === 'fails') return 'ConnectionTerminated'
  const given = { 'cache-control': cacheControl, ...(vary && { vary }), ...(etag && { etag }) }
  const validated = etag !== '' && fields.some(([name, value]) => name === 'if-none-match' && value === etag)
  return validated
    ? { head: head(given, 304) }
    : { head: head(given, status), body: SIXTEEN, ...(end === 'later' && { end }) }
}

function decide(candidate: CandidateResponse, after: After): void {
  switch (after) {
    case 'none':
      return
    case 'throws':
      throw new Error('after')
    case 'cacheable':
      return candidate.setCacheable()
    case 'declines':
      return candidate.setUncacheable()
    case 'records':
      return candidate.setUncacheable({ record: true })
    case 'shortens':
      candidate.ttl = 1
      return
    case 'transforms':
    case 'breaks':
      candidate.bodyTransform = async function* (chunks) {
        for await (const chunk of chunks) yield chunk
        if (after === 'breaks') throw new Error('transform')
      }
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)]
}

for (const [name, policy] of [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
] as const) {
  test(`${name}: whatever happens in whatever order, every request ends, and nothing is held`, async () => {
    const history = fc.array(event, { maxLength: 40, size: 'max' })
    const property = fc.asyncProperty(history, async (events) => {
      const soak = new Soak(policy)
      for (const each of events) await soak.happen(each)
      await soak.end()
    })
    const seed = SOAK_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(SOAK_SEED)
    console.log(`seed ${seed}: ${name}, ${SOAK_RUNS} runs`)
    await fc.assert(property, { numRuns: Number(SOAK_RUNS), seed })
  })
}

test.run()
