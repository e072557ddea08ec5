/** The cache and its model, side by side: every step is done to both, and both are compared. */

import * as assert from 'uvu/assert'
import type { Entry } from '../../lib/cache/entry.js'
import { Lease } from '../../lib/cache/lease.js'
import type { InFlightSend } from '../../lib/cache/purge-log.js'
import { Transactions } from '../../lib/cache/transactions.js'
import type { ResponseHead } from '../../lib/http/message.js'
import type { Policy } from '../../lib/http/policy.js'
import type { BodyWriter } from '../../lib/store/body.js'
import { MemoryStore } from '../../lib/store/memory.js'
import { Model } from '../kit/model.js'
import type { ModelEntry, ModelInFlightSend } from '../kit/model-records.js'
import { TestClock } from '../kit/test-clock.js'
import { request } from './fixture.js'
import type { Step, Who } from './model-steps.js'
import { commitOptions, expected, SHARED_FAILURE, seen } from './model-views.js'

/** The owner of what lasts for one step. */
const NOBODY = -1

interface Both {
  readonly real: Entry
  readonly model: ModelEntry
  readonly owner: number
  woken: number
}

type Commit = Omit<Step & { do: 'commit' }, 'do' | 'who'>

export class Pair {
  readonly clock = new TestClock()
  readonly cache: Transactions
  readonly model: Model
  readonly entries: Both[] = []
  readonly bodies: { readonly writer: BodyWriter; readonly model: ModelEntry }[] = []
  readonly sends: { readonly real: InFlightSend; readonly model: ModelInFlightSend }[] = []
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
      case 'sent':
        return this.#both(
          step.who,
          (real) => real.fetchIsSent(),
          (model) => this.model.fetchIsSent(model),
        )
      case 'send':
        return void this.sends.push({ real: this.cache.beginSend(), model: this.model.purges.beginSend() })
      case 'arrive':
        return this.#arrive(step)
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
    const { objects, markers, obligations, waiting, rememberedPurges } = this.cache.stats()
    assert.equal({ objects, markers, obligations, waiting, rememberedPurges }, this.model.stats)
    for (const { real, model, woken } of this.entries) {
      assert.equal(seen(real), expected(model))
      assert.is(woken, model.phase === 'waiting' ? 0 : woken, 'nobody is woken early')
      if (model.phase === 'ready' || model.phase === 'failed') assert.is(woken, 1, 'everyone is woken once')
    }
  }

  /** When all leaders have ended, nobody waits, and nothing is left behind. */
  end(): void {
    for (let at = 0; at < this.entries.length * 2; at++) {
      const leader = this.entries.find(({ real }) => real.leads !== undefined)
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
    for (const { real } of this.sends) real.end()
    this.cache.purge({ all: true })
    const { keys, rememberedPurges } = this.cache.stats()
    assert.equal({ keys, rememberedPurges }, { keys: 0, rememberedPurges: 0 }, 'something is left')
  }

  /** Leases and time-outs end at times of their own, so that their order is never in question. */
  #lookup({ key, fields, lease, timeout, owner }: Step & { do: 'lookup' }): void {
    const number = this.entries.length
    const leaseMs = lease + 1 + number
    const waitTimeoutMs = timeout + 500 + number
    const real = this.cache.lookup(request(fields), {
      key,
      ...(leaseMs < Number.POSITIVE_INFINITY ? { lease: new Lease(leaseMs) } : {}),
      ...(waitTimeoutMs < Number.POSITIVE_INFINITY ? { waitTimeoutMs } : {}),
    })
    this.#add(real, this.model.lookup(key, fields, leaseMs, waitTimeoutMs), owner)
  }

  #add(real: Entry, model: ModelEntry, owner: number): Both {
    const pair: Both = { real, model, owner, woken: 0 }
    this.entries.push(pair)
    real.onReady({
      wake: () => {
        pair.woken += 1
      },
    })
    return pair
  }

  #commit({ who, ...commit }: Step & { do: 'commit' }): void {
    const chosen = this.#choose(who)
    if (chosen !== undefined) this.#store(chosen, commit)
  }

  #store({ real, model, owner }: Both, { how, options, body }: Commit): void {
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

  /** An answer that no lookup has led to: first its purges, then what it does to the stored object. */
  #arrive({ at, key, fields, says, purges, options }: Step & { do: 'arrive' }): void {
    const [send] = this.sends.splice(at % Math.max(1, this.sends.length), 1)
    if (send === undefined) return
    for (const each of purges) {
      const count = this.cache.purge({ key: each }, { by: send.real })
      assert.is(count, this.model.purge({ key: each }, false, send.model), 'purged')
    }
    const real = this.cache.claim(request(fields), key, send.real)
    const model = this.model.claim(key, fields, send.model)
    assert.is(real === undefined, model === undefined, 'a claim')
    if (real !== undefined && model !== undefined) {
      const both = this.#add(real, model, NOBODY)
      if (says === 'insert' || says === 'update') this.#store(both, { how: says, options, body: 'whole' })
      if (says === 'outdate') {
        real.outdate()
        this.model.outdate(model)
      }
      real.close()
      this.model.close(model)
    }
    send.real.end()
    this.model.purges.ends(send.model)
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
    assert.is(done !== REFUSED, model(chosen.model), 'refused by the cache or the model alone')
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
