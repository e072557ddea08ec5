/**
 * The transactions against the plain model in `spec/kit/model.ts`, over random interleavings (T108).
 *
 * Each of these faults, planted alone and with the cache's own invariants switched off, made it fail:
 *
 * - a leader that closes promotes nobody (lost wake-up); those who wait are taken last come, first served
 * - every lookup in the stale window leads (double obligation); a leader whose lease lapsed keeps its obligation
 * - an edit is stored in the head
 * - a stale answer is served past its window; a second soft purge moves the first
 * - choosing stale releases those who wait for another variant
 * - freshness is judged by something else than the start of the lookup
 * - who waits where a leader's object landed is not asked again
 * - a validation revives what was purged; what was fetched before a hard purge is stored as fresh
 * - a wait that is over leaves its timer behind
 */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommitOptions } from '../../lib/cache/commit-options.js'
import type { Entry } from '../../lib/cache/entry.js'
import { Transactions } from '../../lib/cache/transactions.js'
import type { ResponseHead } from '../../lib/http/message.js'
import { fastly, type Policy, rfc9111 } from '../../lib/http/policy.js'
import type { BodyWriter } from '../../lib/store/body.js'
import { MemoryStore } from '../../lib/store/memory.js'
import { Model } from '../kit/model.js'
import type { ModelEntry, ModelOptions, ModelReason, ModelTarget } from '../kit/model-records.js'
import { TestClock } from '../kit/test-clock.js'
import { request } from './fixture.js'

/** Runs for each of the three policies, 10,500 in all; set it for a longer soak. A seed that failed can be played again. */
const { MODEL_RUNS = '3500', MODEL_SEED } = process.env
const STEPS = 40

type Who = { readonly at: number; readonly among: 'leaders' | 'all' }

type Step =
  | { do: 'lookup'; key: string; fields: Record<string, string>; lease: number; timeout: number; owner: number }
  | {
      do: 'commit'
      who: Who
      how: 'insert' | 'insert and read' | 'update' | 'update and read'
      options: ModelOptions
      body: 'whole' | 'open'
    }
  | { do: 'choose' | 'renew' | 'close'; who: Who }
  | { do: 'record'; who: Who; maxAge: number; vary: readonly string[] }
  | { do: 'abandon'; who: Who; because: ModelReason }
  | { do: 'end body'; at: number; how: 'complete' | 'failed' }
  | { do: 'purge'; target: ModelTarget; soft: boolean }
  | { do: 'exit'; owner: number }
  | { do: 'tick'; seconds: number }

const who = fc.record<Who>({ at: fc.nat(7), among: fc.constantFrom('leaders', 'leaders', 'leaders', 'all') })
const key = fc.constantFrom('k', 'k', 'k', 'l')
const vary = fc.constantFrom<readonly string[]>([], [], ['a'], ['a'], ['b', 'a'], ['b'])
const seconds = fc.constantFrom(0, 0, 1, 2, 5)
const options = fc.record<ModelOptions>(
  {
    maxAge: seconds.map((s) => s * 1000),
    initialAge: seconds.map((s) => (s % 5) * 1000),
    swr: seconds.map((s) => s * 1000),
    sie: seconds.map((s) => s * 1000),
    vary,
    keys: fc.constantFrom(['s'], ['s', 't'], []),
  },
  { requiredKeys: ['maxAge', 'initialAge', 'swr', 'sie'] },
)
const target = fc.oneof<fc.Arbitrary<ModelTarget>[]>(
  fc.constantFrom('s', 't').map((surrogateKey) => ({ surrogateKey })),
  key.map((each) => ({ key: each })),
  fc.constant({ all: true as const }),
)

const lookup: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('lookup' as const),
  key,
  fields: fc.record({ a: fc.constantFrom('1', '2'), b: fc.constantFrom('1', '') }, { requiredKeys: [] }),
  lease: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1000, 3000),
  timeout: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1000, 4000),
  owner: fc.nat(2),
})
const commit: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('commit' as const),
  who,
  how: fc.constantFrom('insert' as const, 'insert and read' as const, 'update' as const, 'update and read' as const),
  options,
  body: fc.constantFrom('whole' as const, 'whole' as const, 'whole' as const, 'open' as const),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: lookup },
  { weight: 6, arbitrary: commit },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('choose' as const, 'renew' as const, 'close' as const), who }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('record' as const), who, maxAge: seconds.map((s) => s * 1000), vary }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('abandon' as const),
      who,
      because: fc.constantFrom<ModelReason[]>('left', 'failed', 'declined'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('end body' as const),
      at: fc.nat(5),
      how: fc.constantFrom('complete' as const, 'failed' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('purge' as const), target, soft: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('exit' as const), owner: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.integer({ min: 1, max: 4 }) }) },
)

const SHARED_FAILURE = new RangeError('shared failure')

/** The real thing and the model, side by side; every step is done to both, and both are compared. */
class Pair {
  readonly clock = new TestClock()
  readonly cache: Transactions
  readonly model: Model
  readonly entries: { readonly real: Entry; readonly model: ModelEntry; readonly owner: number; woken: number }[] = []
  readonly bodies: { readonly writer: BodyWriter; readonly model: ModelEntry }[] = []
  #commits = 0

  constructor(policy: Policy) {
    const store = new MemoryStore({ maxBytes: 1 << 24 })
    this.cache = new Transactions({ clock: this.clock, policy, store, invariants: true })
    this.model = new Model(policy)
  }

  run(step: Step): void {
    switch (step.do) {
      case 'lookup':
        return this.#lookup(step)
      case 'commit':
        return this.#commit(step)
      case 'choose':
        return this.#both(
          step.who,
          (real) => real.chooseStale(),
          (model) => this.model.chooseStale(model),
        )
      case 'renew':
        return this.#both(
          step.who,
          (real) => real.renewLease(),
          (model) => this.model.renewLease(model),
        )
      case 'close':
        return this.#both(
          step.who,
          (real) => real.close(),
          (model) => this.model.close(model),
        )
      case 'record': {
        const { maxAge, vary: varyNames } = step
        return this.#both(
          step.who,
          (real) => real.recordNotCacheable({ maxAgeMs: maxAge, varyNames }),
          (model) => this.model.record(model, maxAge, varyNames),
        )
      }
      case 'abandon': {
        const { because } = step
        const reason = because === 'failed' ? { because, error: SHARED_FAILURE } : { because }
        return this.#both(
          step.who,
          (real) => real.abandon(reason),
          (model) => this.model.abandon(model, because),
        )
      }
      case 'end body':
        return this.#endBody(step.at, step.how)
      case 'purge': {
        const soft = step.soft && !('all' in step.target)
        return assert.is(this.cache.purge(step.target, { soft }), this.model.purge(step.target, soft), 'purged')
      }
      case 'exit':
        for (const { real, model, owner } of this.entries) {
          if (owner !== step.owner || real.phase === 'closed') continue
          real.close()
          this.model.close(model)
        }
        return
      case 'tick':
        this.clock.advance(step.seconds * 1000)
        this.model.tick(step.seconds * 1000)
    }
  }

  compare(): void {
    const { objects, markers, obligations, waiting } = this.cache.stats()
    assert.equal({ objects, markers, obligations, waiting }, this.model.stats)
    for (const { real, model, woken } of this.entries) {
      assert.equal(seen(real), expected(model))
      assert.is(woken, model.phase === 'waiting' ? 0 : woken, 'nobody is woken early')
      if (model.phase === 'ready' || model.phase === 'failed') assert.is(woken, 1, 'everyone is woken once')
    }
  }

  /** When all leaders have ended, nobody waits, and nothing is left behind. */
  end(): void {
    for (let at = 0; at < this.entries.length * 2; at++) {
      const leader = this.entries.find(({ real }) => real.obligation !== undefined)
      if (leader === undefined) break
      this.#both(
        { at: 0, among: 'leaders' },
        (real) => real.close(),
        (model) => this.model.close(model),
      )
    }
    this.compare()
    assert.is(this.cache.stats().waiting, 0, 'someone waits for nobody')
    assert.is(this.clock.pending(), 0, 'a timer is left')
    for (const { real } of this.entries) if (real.phase !== 'closed') real.close()
    this.cache.purge({ all: true })
    assert.is(this.cache.stats().keys, 0, 'a key is left')
  }

  /** Leases and time-outs end at times of their own, so that their order is never in question. */
  #lookup({ key, fields, lease, timeout, owner }: Step & { do: 'lookup' }): void {
    const number = this.entries.length
    const leaseMs = lease + 1 + number
    const waitTimeoutMs = timeout + 500 + number
    const real = this.cache.lookup(request(fields), {
      key,
      ...(leaseMs < Number.POSITIVE_INFINITY ? { leaseMs } : {}),
      ...(waitTimeoutMs < Number.POSITIVE_INFINITY ? { waitTimeoutMs } : {}),
    })
    this.#add(real, this.model.lookup(key, fields, leaseMs, waitTimeoutMs), owner)
  }

  #add(real: Entry, model: ModelEntry, owner: number): void {
    const pair = { real, model, owner, woken: 0 }
    this.entries.push(pair)
    real.onReady({
      wake: () => {
        pair.woken += 1
      },
    })
  }

  #commit({ who, how, options, body }: Step & { do: 'commit' }): void {
    const chosen = this.#choose(who)
    if (chosen === undefined) return
    const { real, model, owner } = chosen
    const id = ++this.#commits
    const head: ResponseHead = { status: 200, statusText: '', fields: [['id', `${id}`]] }
    if (how === 'update' || how === 'update and read') {
      const fresh = attempt(() =>
        how === 'update'
          ? real.update(head, commitOptions(options))
          : real.updateAndReturnFresh(head, commitOptions(options)),
      )
      const expect = this.model.update(model, id, options, how === 'update and read')
      assert.is(fresh !== REFUSED, expect !== undefined, how)
      if (fresh !== REFUSED && fresh !== undefined && expect !== undefined) this.#adopt(fresh, expect, owner)
      return
    }
    const done = attempt(() =>
      how === 'insert'
        ? { writer: real.insert(head, commitOptions(options)), entry: undefined }
        : real.insertAndStreamBack(head, commitOptions(options)),
    )
    const expect = this.model.insert(model, id, options, id)
    assert.is(done !== REFUSED, expect !== undefined, how)
    if (done === REFUSED || expect === undefined) return
    done.writer.write(new Uint8Array(id))
    this.bodies.push({ writer: done.writer, model: expect })
    if (body === 'whole') this.#endBody(this.bodies.length - 1, 'complete')
    if (done.entry !== undefined) this.#adopt(done.entry, expect, owner)
  }

  #adopt(real: Entry, model: ModelEntry, owner: number): void {
    this.model.entries.push(model)
    this.#add(real, model, owner)
  }

  #endBody(at: number, how: 'complete' | 'failed'): void {
    const body = this.bodies[at % Math.max(1, this.bodies.length)]
    if (body?.model.found === undefined || body.writer.phase !== 'streaming') return
    if (how === 'complete') body.writer.finish()
    else body.writer.fail()
    this.model.endBody(body.model.found.object, how)
  }

  #both(who: Who, real: (entry: Entry) => unknown, model: (entry: ModelEntry) => boolean): void {
    const chosen = this.#choose(who)
    if (chosen === undefined) return
    const done = attempt(() => real(chosen.real))
    assert.is(done !== REFUSED, model(chosen.model), 'refused by one of the two')
  }

  #choose({ at, among }: Who) {
    const leaders = this.entries.filter(({ model }) => model.duty !== undefined)
    const from = among === 'leaders' && leaders.length > 0 ? leaders : this.entries
    return from[at % Math.max(1, from.length)]
  }
}

const REFUSED = Symbol('refused')

function attempt<T>(operation: () => T): T | typeof REFUSED {
  try {
    return operation()
  } catch (error) {
    if (error instanceof Error && error.name === 'BadHandleError') return REFUSED
    throw error
  }
}

function commitOptions({
  maxAge,
  initialAge,
  swr,
  sie,
  vary: varyNames,
  keys: surrogateKeys,
}: ModelOptions): CommitOptions {
  return {
    maxAgeMs: maxAge,
    initialAgeMs: initialAge,
    staleWhileRevalidateMs: swr,
    staleIfErrorMs: sie,
    ...(varyNames === undefined ? {} : { varyNames }),
    ...(surrogateKeys === undefined ? {} : { surrogateKeys }),
  }
}

const FLAGS: Readonly<Record<string, number>> = {
  hit: 3,
  stale: 7,
  'stale-lead': 15,
  'stale-if-error': 23,
  lead: 8,
  'lead-if-error': 28,
  pass: 0,
}

function seen(entry: Entry) {
  const { phase, collapsed } = entry
  if (phase === 'waiting' || phase === 'closed') return { phase, collapsed }
  if (phase === 'failed') return { phase, collapsed, why: failureOf(entry) }
  const { object } = entry
  const found = object && {
    head: object.head,
    bytes: object.body.bytes,
    ageMs: object.ageMs,
    maxAgeMs: object.maxAgeMs,
    swrMs: object.swrMs,
    sieMs: object.sieMs,
    hits: object.hits,
    keys: [...object.surrogateKeys],
    vary: [...object.varyNames],
  }
  return { phase, collapsed, outcome: entry.outcome, state: entry.state, found }
}

function expected(entry: ModelEntry): ReturnType<typeof seen> {
  const { phase, collapsed, outcome } = entry
  if (phase === 'waiting' || phase === 'closed') return { phase, collapsed }
  if (phase === 'failed') return { phase, collapsed, why: outcome }
  const object = entry.found?.object
  const found = object && {
    head: { status: 200, statusText: '', fields: [['id', `${object.id}`] as const] },
    bytes: object.body.bytes,
    ageMs: entry.found?.age ?? 0,
    maxAgeMs: object.maxAge,
    swrMs: object.swr,
    sieMs: object.sie,
    hits: entry.found?.hits ?? 0,
    keys: [...object.keys],
    vary: [...object.vary],
  }
  const flags = FLAGS[outcome] ?? Number.NaN
  const state = entry.duty === undefined ? flags & ~8 : flags
  return { phase, collapsed, outcome: outcome as Entry['outcome'], state, found }
}

function failureOf(entry: Entry): string {
  try {
    return `no failure: ${entry.state}`
  } catch (error) {
    return error === SHARED_FAILURE ? 'shared failure' : (error as Error).name
  }
}

const SWITCHES = fc.record<Partial<Policy>>({
  markerMode: fc.constantFrom('pass', 'miss'),
  onDeclined: fc.constantFrom('release-all', 'promote-one'),
  onFailed: fc.constantFrom('share', 'promote-one'),
  shareUnfresh: fc.boolean(),
  purgeGeneration: fc.boolean(),
})

const POLICIES: readonly [string, fc.Arbitrary<Policy>][] = [
  ['rfc9111', fc.constant(rfc9111)],
  ['fastly', fc.constant(fastly)],
  ['any mixture', SWITCHES.map((switches) => ({ ...rfc9111, ...switches }))],
]

for (const [name, policies] of POLICIES) {
  test(`${name}: T108 whatever happens in whatever order, the cache does what the model does`, () => {
    const steps = fc.array(step, { maxLength: STEPS, size: 'max' })
    const property = fc.property(policies, steps, (policy, given) => {
      const pair = new Pair(policy)
      for (const each of given) {
        pair.run(each)
        pair.compare()
      }
      pair.end()
    })
    const seed = MODEL_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(MODEL_SEED)
    console.log(`seed ${seed}: ${name}, ${MODEL_RUNS} runs`)
    fc.assert(property, { numRuns: Number(MODEL_RUNS), seed, verbose: fc.VerbosityLevel.None })
  })
}

test.run()
