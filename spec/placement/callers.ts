/** Those who ask in a program: each drives its request to its end, and notes all that it sees. */

import { request } from 'node:http'
import type { HttpResponse, PendingRequest } from '../../lib/index.js'
import type { Pending } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { answerOf, type ClientAnswer, startFront } from '../kit/front.js'
import { initOf, type Notes } from './asking.js'
import type { Driver } from './drivers.js'
import type { Asked } from './program.js'
import { SITE, type Stage } from './stage.js'
import { toldAnswer, toldBytes, toldFailure, toldWeb } from './told.js'

export interface Way {
  readonly driver: Driver
  readonly hooks: 'as asked' | 'always'
}

/** What one caller saw, each thing by its name, and what its hooks did. */
interface Seen {
  readonly notes: Notes
  [what: string]: unknown
}

/** `leaves`: it was cancelled, and has not seen that. */
interface Caller {
  readonly asked: Asked
  readonly crowd: 'in one thread' | 'in two'
  readonly seen: Seen
  leave: () => void
  state: 'waits' | 'leaves' | 'answered' | 'over'
  response?: HttpResponse
}

export class Callers {
  readonly #stage: Stage
  readonly #way: Way
  readonly #base: string
  readonly #callers: Caller[] = []
  /** What those saw who asked at once, or one alone. */
  readonly #crowds: Seen[][] = []
  readonly #orders: Seen[] = []
  readonly #fronts: AsyncDisposable[] = []
  /** What is driven and not over. */
  driven = 0
  #ordered = 0
  #unread = 0

  /** Pages lie below `base`. */
  constructor(stage: Stage, way: Way, base: string) {
    this.#stage = stage
    this.#way = way
    this.#base = base
  }

  /** Grows with what is seen. */
  get progress(): unknown {
    return [this.driven, this.#callers.map(({ seen }) => Object.keys(seen).length)]
  }

  /** Something is under way that nobody can hold up. */
  get isBusy(): boolean {
    return this.#ordered > 0 || this.#callers.some(({ state }) => state === 'leaves')
  }

  get isCrowded(): boolean {
    return this.#waiting.length > 1
  }

  /** Those who wait and ask for a range. */
  get wantingParts(): number {
    return this.#waiting.filter(({ asked }) => asked.fields['range'] !== undefined).length
  }

  /** Answers whose bodies nobody reads. */
  get unread(): number {
    return this.#unread
  }

  get seen(): object {
    return { crowds: this.#crowds, orders: this.#orders }
  }

  get #waiting(): Caller[] {
    return this.#callers.filter(({ state }) => state === 'waits')
  }

  look(): void {
    this.#way.driver.look()
  }

  url({ page }: Pick<Asked, 'page'>): string {
    return `${this.#base}/${page}`
  }

  /** One of those who wait leaves, other than a proxy's client; of a crowd in two threads nobody: it would matter who leads. */
  cancel(at: number): void {
    const waiting = this.#waiting.filter(({ crowd, asked }) => crowd === 'in one thread' && asked.way !== 'proxy')
    const caller = waiting[at % Math.max(1, waiting.length)]
    if (caller === undefined) return
    caller.state = 'leaves'
    caller.leave()
  }

  /** Whatever nobody reads is given back. */
  giveBack(): void {
    for (const { response } of this.#callers) response?.cancel()
    this.#unread = 0
  }

  async close(): Promise<void> {
    for (const front of this.#fronts) await front[Symbol.asyncDispose]()
  }

  /** A purge, for one, or an explanation. */
  order<T>(what: string, begin: () => Pending<T>, shown: (value: T) => unknown = (value) => value): void {
    const seen: Seen = { notes: [] }
    this.#orders.push(seen)
    this.#ordered++
    this.#drive(begin())
      .then((value) => {
        seen[what] = shown(value)
      })
      .catch((failure: unknown) => {
        seen['failure'] = toldFailure(failure)
      })
      .finally(() => {
        this.#ordered--
      })
  }

  async ask(crowd: readonly Asked[]): Promise<void> {
    const seen = crowd.map((): Seen => ({ notes: [] }))
    this.#crowds.push(seen)
    const where = crowd.every(({ guest }) => guest === crowd[0]?.guest) ? 'in one thread' : 'in two'
    for (const [nth, asked] of crowd.entries()) await this.#askOnce(asked, where, seen[nth] as Seen)
  }

  async #askOnce(asked: Asked, crowd: Caller['crowd'], seen: Seen): Promise<void> {
    const caller: Caller = { asked, crowd, seen, leave() {}, state: 'waits' }
    this.#callers.push(caller)
    if (asked.way === 'proxy') return this.#visit(caller)
    const cache = this.#stage.caches[asked.way === 'client' ? 0 : asked.guest]
    const init = initOf(asked, seen.notes, this.#way.hooks)
    if (asked.way === 'fetch') {
      const controller = new AbortController()
      caller.leave = () => controller.abort(new Error('enough'))
      const answer = cache.fetch(this.url(asked), { ...init, redirect: 'manual', signal: controller.signal })
      return this.#see(caller, 'failure', answer, (response) => this.#seeWeb(caller, response))
    }
    const begin = () => {
      const pending = cache.send(this.url(asked), init)
      if (asked.way === 'send') caller.leave = () => pending.cancel('enough')
      seen['isDirect'] = pending.intoDirectHandle() !== undefined
      edit(pending, asked)
      return pending
    }
    if (asked.way === 'client') return this.#deliver(caller, begin)
    this.#see(caller, 'failure', this.#drive(begin()), (response) => this.#seeAnswer(caller, response))
  }

  /** A client of a server in this process, to whom the answer is sent. */
  async #deliver(caller: Caller, begin: () => PendingRequest): Promise<void> {
    const { seen } = caller
    const begun = new Barrier()
    const closed = new Barrier()
    const front = await startFront(async (_incoming, response) => {
      response.once('close', () => closed.open())
      const handover = this.#drive(begin().sendToClient(response))
      begun.open()
      await handover.catch((failure: unknown) => {
        seen['failure'] = toldFailure(failure)
        response.destroy()
      })
    })
    this.#fronts.push(front)
    const leaving = new AbortController()
    caller.leave = () => leaving.abort()
    this.#seeClient(caller, front.get({}, leaving.signal), closed.opened)
    await begun.opened
  }

  /** A client of the proxy, who stays. Done once its request is under way there, or answered. */
  async #visit(caller: Caller): Promise<void> {
    const { asked } = caller
    const { method, fields: headers } = asked
    const [cache] = this.#stage.caches
    const before = cache.stats().requests.started
    const visit = request(this.url(asked).replace(SITE, this.#stage.proxy), { method, headers, agent: false })
    visit.end(method === 'POST' ? 'said' : undefined)
    this.#seeClient(caller, answerOf(visit), Promise.resolve())
    while (caller.state === 'waits' && cache.stats().requests.started === before) await new Promise(setImmediate)
  }

  #seeClient(caller: Caller, visit: Promise<ClientAnswer>, closed: Promise<void>): void {
    this.#counting(visit)
      .then(
        ({ headers: { date: _, ...headers }, body, ...answer }): unknown => ({
          ...answer,
          headers,
          body: toldBytes(body),
        }),
        toldFailure,
      )
      .then(async (told) => {
        caller.seen['client'] = told
        await closed
        caller.state = 'over'
      })
  }

  #drive<T>(pending: Pending<T>): Promise<T> {
    return this.#counting(this.#way.driver.drive(pending))
  }

  #counting<T>(work: Promise<T>): Promise<T> {
    this.driven++
    return work.finally(() => {
      this.driven--
    })
  }

  /** What `work` comes to: seen by `then`, or as a failure under a name. */
  #see<T>(caller: Caller, failing: string, work: Promise<T>, then: (value: T) => void): void {
    work.then(then, (failure: unknown) => {
      caller.seen[failing] = toldFailure(failure)
      caller.state = 'over'
    })
  }

  #seeAnswer(caller: Caller, response: HttpResponse): void {
    const { seen, asked } = caller
    Object.assign(caller, { state: 'answered', response })
    seen['answer'] = toldAnswer(response)
    if (response.revalidation !== undefined)
      this.#see(caller, 'revalidation', this.#drive(response.revalidation), () => {
        seen['revalidation'] = 'done'
      })
    const whole = (text: string) => {
      seen['body'] = toldBytes(text)
      seen['trailers'] = response.trailers
    }
    switch (asked.read) {
      case 'text':
        return this.#see(caller, 'broken', this.#drive(response.text()), whole)
      case 'web':
        return this.#see(caller, 'broken', this.#counting(response.toWeb().text()), whole)
      case 'chunks':
        return this.#see(caller, 'broken', this.#chunks(response), whole)
      case 'nothing':
        this.#unread++
        return
      case 'cancels':
        return response.cancel()
    }
  }

  async #chunks(response: HttpResponse): Promise<string> {
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = await this.#drive(response.read())
      if (chunk === undefined) return Buffer.concat(chunks).toString()
      chunks.push(chunk)
    }
  }

  #seeWeb(caller: Caller, response: Response): void {
    caller.state = 'answered'
    caller.seen['answer'] = toldWeb(response)
    if (caller.asked.read === 'cancels') return void response.body?.cancel().then(undefined, () => {})
    this.#see(caller, 'broken', this.#counting(response.text()), (text) => {
      caller.seen['body'] = toldBytes(text)
    })
  }
}

function edit(pending: PendingRequest, { edit }: Asked): void {
  if (edit === 'sets') pending.setResponseHeader('x-own', 'edited', 'any')
  if (edit === 'removes') pending.removeResponseHeader('cache-control')
}
