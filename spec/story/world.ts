/** The world of a story: a cache in some placement, an origin that obeys, a clock that moves when told; and what must hold at the end. */

import * as assert from 'uvu/assert'
import {
  type Cache,
  type CandidateResponse,
  type HttpResponse,
  isSendError,
  type PendingRequest,
  type SendInit,
  type Stats,
} from '../../lib/index.js'
import type { Answer, HttpAnswer } from '../kit/answer.js'
import type { Barrier } from '../kit/barrier.js'
import { closedPort } from '../kit/closed-port.js'
import { failureOf } from '../kit/failures.js'
import type { Origin, OriginRequest, Script } from '../kit/origin.js'

export type PolicyName = 'rfc9111' | 'fastly'

/**
 * | placement | the host is | the request's generator runs |
 * |---|---|---|
 * | here | in this thread | here |
 * | host | in a thread of its own | on the host |
 * | guest | in a thread of its own | here, because it has hooks |
 */
export type Placement = 'here' | 'host' | 'guest'

export interface WorldParts {
  readonly placement: Placement
  readonly policy: PolicyName
  readonly cache: Cache<Stats>
  readonly origin: Origin
  /** Moves the time of the cache, wherever it is. */
  readonly advance: (ms: number) => void | Promise<void>
}

/** An answer with its body. */
export interface Told {
  readonly response: HttpResponse
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** The name of a backend that refuses connections. */
export const DOWN = 'down'

/** The backends with which the cache of a world is opened. */
export async function worldBackends(): Promise<Record<string, string>> {
  return { [DOWN]: await closedPort() }
}

/** A story that takes longer than this in real time is stuck. */
const DEADLINE_MS = 8000

let paths = 0

export class World {
  readonly #parts: WorldParts
  readonly #before: Stats
  readonly #pendings: PendingRequest[] = []
  #hooks = 0

  constructor(parts: WorldParts) {
    this.#parts = parts
    this.#before = parts.cache.stats()
  }

  get placement(): Placement {
    return this.#parts.placement
  }

  get policy(): PolicyName {
    return this.#parts.policy
  }

  get cache(): Cache<Stats> {
    return this.#parts.cache
  }

  get origin(): Origin {
    return this.#parts.origin
  }

  get stats(): Stats {
    return this.cache.stats()
  }

  /** A page at an address of its own. */
  resource(answer: Answer | readonly Answer[] | Script): Resource {
    const resource = new Resource(this, `/${++paths}`)
    resource.answers(answer)
    return resource
  }

  async advance(ms: number): Promise<void> {
    await this.#parts.advance(ms)
  }

  /** Waits until `holds`; gives the event loop turns meanwhile. */
  async until(holds: (stats: Stats) => boolean): Promise<void> {
    const giveUpAt = performance.now() + DEADLINE_MS
    while (!holds(this.stats)) {
      this.#checkWaitHandles()
      if (performance.now() > giveUpAt) throw new Error(`never came true: ${holds}, in ${JSON.stringify(this.stats)}`)
      await turn()
    }
  }

  /** Waits until so many lookups wait for the fetch of another. */
  waiting(count: number): Promise<void> {
    return this.until(({ transactions }) => transactions.waiting === count)
  }

  send(url: string, init: SendInit): PendingRequest {
    const pending = this.cache.send(url, this.#watched(init))
    this.#pendings.push(pending)
    this.#checkWaitHandles()
    return pending
  }

  /** What must hold when nothing is under way any more (invariants 2.9-2, 2.9-3, 2.9-6, 2.9-7); clears what is stored. */
  async settle(): Promise<void> {
    await this.until(
      ({ requests, transactions, sends, handles }) =>
        requests.pending + transactions.obligations + transactions.waiting + sends.active + handles === 0,
    )
    const sends = this.stats.sends.started - this.#before.sends.started
    assert.ok(sends <= this.#pendings.length, `2.9-6: ${this.#pendings.length} requests made ${sends} sends`)
    await this.cache.purge({ all: true })
    const { objects, markers, rememberedPurges } = this.stats.transactions
    assert.equal({ objects, markers, rememberedPurges }, { objects: 0, markers: 0, rememberedPurges: 0 })
    assert.is(this.#hooks, 0, '2.9-5: every afterSend came after its beforeSend')
  }

  /** Invariant 2.9-8: a valid handle, ready where the request has finished. */
  #checkWaitHandles(): void {
    for (const { engine, waitHandle, finished } of this.#pendings) {
      assert.is(waitHandle >>> 0, waitHandle, '2.9-8')
      assert.ok(engine.isReady(waitHandle) || !finished, '2.9-8')
    }
  }

  /** Invariant 2.9-5: each hook at most once per request, `afterSend` only after `beforeSend` has succeeded. */
  #watched(init: SendInit): SendInit {
    const { beforeSend, afterSend } = init
    if (this.placement !== 'guest' && beforeSend === undefined && afterSend === undefined) return init
    let state: 'unsent' | 'sending' | 'sent' | 'answered' = 'unsent'
    const enter = (from: typeof state, to: typeof state) => {
      if (state !== from) this.#hooks++
      state = to
    }
    return {
      ...init,
      beforeSend(request) {
        enter('unsent', 'sending')
        const result = beforeSend?.(request)
        state = 'sent'
        return result
      },
      afterSend(candidate) {
        enter('sent', 'answered')
        return afterSend?.(candidate)
      },
    }
  }
}

/** One address of the origin, and what is asked of it through the cache. */
export class Resource {
  readonly #world: World
  readonly #path: string

  constructor(world: World, path: string) {
    this.#world = world
    this.#path = path
  }

  get url(): string {
    return this.#world.origin.url(this.#path)
  }

  /** A request that is not driven yet. */
  send(init: SendInit = {}, query = ''): PendingRequest {
    return this.#world.send(this.url + query, init)
  }

  /** A request that the event loop drives from now on. */
  start(init: SendInit = {}): PendingRequest {
    const pending = this.send(init)
    pending.then(undefined, () => {})
    return pending
  }

  starts(count: number, init: SendInit = {}): PendingRequest[] {
    return Array.from({ length: count }, () => this.start(init))
  }

  /** A request, to the end of its body. */
  get(init: SendInit = {}): Promise<Told> {
    return told(this.send(init))
  }

  answers(answer: Answer | readonly Answer[] | Script): void {
    this.#world.origin.on(this.#path, answer)
  }

  /** From now on requests stay unanswered until the barrier is opened. */
  hold(): Barrier {
    return this.#world.origin.hold(this.#path)
  }

  /** Waits until the origin has had so many requests. */
  arrived(count: number): Promise<void> {
    return this.#world.origin.arrived(this.#path, count)
  }

  /** Waits until so many connections were given up before their answer was whole. */
  hungUp(count = 1): Promise<void> {
    return this.#world.origin.hungUp(this.#path, count)
  }

  /** How often the origin was asked: B in the scenarios. */
  get fetches(): number {
    return this.#world.origin.count(this.#path)
  }

  get mostAtOnce(): number {
    return this.#world.origin.mostAtOnce(this.#path)
  }

  /** The origin's view of the nth request, from 1. */
  request(nth: number): OriginRequest {
    const request = this.#world.origin.requestsOf(this.#path)[nth - 1]
    if (request === undefined) throw new Error(`there was no request ${nth}`)
    return request
  }
}

export interface Story {
  /** Begins with the number of its scenario. */
  readonly title: string
  readonly policies: readonly PolicyName[]
  /** Placements in which it cannot be told, and why. */
  readonly except?: Readonly<Partial<Record<Placement, string>>>
  tell(world: World): Promise<void>
}

type Tell = Story['tell']

/** A story that goes the same way whatever the policy. */
export function both(title: string, tell: Tell, except: Story['except'] = {}): Story {
  return { title, policies: ['rfc9111', 'fastly'], tell, except }
}

export function rfc9111(title: string, tell: Tell, except: Story['except'] = {}): Story {
  return { title, policies: ['rfc9111'], tell, except }
}

export function fastly(title: string, tell: Tell, except: Story['except'] = {}): Story {
  return { title, policies: ['fastly'], tell, except }
}

export async function told(pending: PromiseLike<HttpResponse>): Promise<Told> {
  const response = await pending
  return { response, status: response.status, headers: response.headers, body: await response.text() }
}

export function toldAll(pendings: readonly PromiseLike<HttpResponse>[]): Promise<Told[]> {
  return Promise.all(pendings.map(told))
}

/** The code of the error with which `pending` fails; fails itself if it does not. */
export async function codeOf(pending: PromiseLike<unknown>): Promise<string> {
  return codeOfError(await failureOf(pending))
}

export function codeOfError(failure: unknown): string {
  if (isSendError(failure)) return failure.code
  return failure instanceof Error ? failure.name : String(failure)
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** An answer with this Cache-Control. */
export function ok(cacheControl: string, body = 'body', headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { headers: { 'Cache-Control': cacheControl, ...headers }, body }
}

/** Answers the first fetch with one answer, and each later fetch with another. */
export function first(answer: Answer, rest: Answer): Script {
  return (_request, nth) => (nth === 1 ? answer : rest)
}

export const setCacheable = (candidate: CandidateResponse): void => candidate.setCacheable()
