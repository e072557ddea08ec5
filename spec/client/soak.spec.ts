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
import { joinHost } from '../../lib/bridge/guest.js'
import { Hosting } from '../../lib/bridge/hosting.js'
import { lifeMemory } from '../../lib/bridge/life.js'
import { issueTicket } from '../../lib/bridge/ticket.js'
import { standingsMemory } from '../../lib/cache/standings.js'
import { Cache, type GuestStats } from '../../lib/client/cache.js'
import type { PendingRequest } from '../../lib/client/pending-request.js'
import type { HttpResponse } from '../../lib/client/response.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { CandidateResponse } from '../../lib/pending/candidate.js'
import type { HookResult, Hooks } from '../../lib/pending/hooks.js'
import { Revalidations } from '../../lib/pending/revalidations.js'
import { isSendError } from '../../lib/pending/send-error.js'
import type { Handle } from '../../lib/scheduler/index.js'
import { Scheduler } from '../../lib/scheduler/internal.js'
import { Barrier } from '../kit/barrier.js'
import { head, type Said, ScriptedHost } from '../pending/fixture.js'

process.env['TIDEWAIT_INVARIANTS'] = '1'
const { SOAK_RUNS = '600', SOAK_SEED } = process.env
const URL = 'http://origin/'
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
  | { readonly event: 'cancel' | 'abort' | 'read answer' | 'close answer'; readonly at: number }
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
  { weight: 2, arbitrary: fc.record({ event: fc.constantFrom('cancel', 'abort', 'read answer', 'close answer'), at }) },
  { weight: 4, arbitrary: fc.record({ event: fc.constantFrom('release hooks' as const, 'turn' as const) }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('tick' as const), seconds: fc.constantFrom(1, 2, 5) }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('purge' as const), soft: fc.boolean() }) },
)

/** Where a soak takes place: a cache, and the host that its origin's answers come to. */
interface Stage {
  readonly cache: Cache<GuestStats>
  readonly origin: ScriptedHost
  /** Handles that are open on the side of the cache. */
  readonly held: () => number
  /** Coroutines of the host's own that wait. */
  readonly waits: () => number
  readonly close: () => Promise<void>
}

function here(policy: Policy): Stage {
  const origin = new ScriptedHost(policy)
  const { clock } = origin
  const shutDown = async () => {}
  const cache = new Cache<GuestStats>({ host: origin, policy, clock, id: 'soak', stats: (guest) => guest, shutDown })
  return { cache, origin, held: () => origin.held, waits: () => 0, close: () => cache.close({ drainMs: 0 }) }
}

/** Both ends of the bridge in this thread. */
function bridged(policy: Policy): Stage {
  const standings = standingsMemory()
  const origin = new ScriptedHost(policy, standings)
  const { clock } = origin
  const scheduler = new Scheduler(origin)
  const revalidations = new Revalidations(scheduler, clock)
  const surroundings = { host: origin, policy, scheduler, revalidations, invariants: true }
  const hosting = new Hosting({ host: origin, surroundings, clock, leaseMs: 1e9, stats: () => ({}) })
  const terms = { life: lifeMemory(), standings, policy, id: 'soak', backends: [] }
  const { ticket, admission } = issueTicket(terms)
  hosting.admit(admission)
  const host = joinHost(ticket, clock)
  const shutDown = async () => host.shutDown()
  const cache = new Cache<GuestStats>({ host, policy, clock, id: 'soak', stats: (guest) => guest, shutDown })
  const { handles } = host as unknown as { readonly handles: { readonly size: number } }
  return {
    cache,
    origin,
    held: () => handles.size + origin.held,
    waits: () => scheduler.waits().length,
    async close() {
      await cache.close({ drainMs: 0 })
      hosting.close()
    },
  }
}

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
      // The end of a background fetch that nobody looks at is taken in when anything moves.
      this.#lives[0]?.pending.scheduler.turn()
      await new Promise(setImmediate)
    }
    const { obligations, waiting } = origin.stats().transactions
    assert.equal({ obligations, waiting }, { obligations: 0, waiting: 0 })
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
    return (this.#lives[0]?.pending.scheduler.waits().length ?? 0) + this.#stage.waits()
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
