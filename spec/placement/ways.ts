/** The ways in which callers ask: a call of a cache, a hand-over to a client of a server here, or a visit to a proxy. */

import { request } from 'node:http'
import { Readable } from 'node:stream'
import type { PendingRequest } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { answerOf, type ClientAnswer, startFront } from '../kit/front.js'
import type { Asked } from './asked.js'
import { type AskingOptions, fetchInitOf, initOf } from './asking.js'
import type { Caller } from './caller.js'
import type { Driving } from './driving.js'
import { lookAt } from './looks.js'
import { seeAnswer, seeWeb } from './reading.js'
import { SITE, type Stage } from './stage.js'
import { toldBytes, toldFailure } from './told.js'
import type { UploadBody, Uploads } from './uploads.js'

export interface WaysParts {
  readonly stage: Stage
  readonly driving: Driving
  readonly uploads: Uploads
  readonly hooks: AskingOptions['hooks']
  /** Pages lie below. */
  readonly base: string
}

export class Ways {
  readonly #parts: WaysParts
  readonly #fronts: AsyncDisposable[] = []
  /** The requests that hooks have made. */
  readonly #hooked: PendingRequest[] = []

  constructor(parts: WaysParts) {
    this.#parts = parts
  }

  /** The callers whose hooks wait for an answer. */
  get hooked(): number {
    return this.#hooked.filter(({ finished }) => !finished).length
  }

  url({ page }: Pick<Asked, 'page'>): string {
    return `${this.#parts.base}/${page}`
  }

  /** Done once the request is under way. */
  async ask(caller: Caller): Promise<void> {
    switch (caller.asked.way) {
      case 'fetch':
        return this.#fetch(caller)
      case 'client':
        return this.#deliver(caller)
      case 'proxy':
        return this.#visit(caller)
      case 'detached':
        return this.#detach(caller)
      case undefined:
        return this.#send(caller)
    }
  }

  /** All of them with one cache, and waited for as one. By a first look each of them is under way before the next one asks. */
  askTogether(callers: readonly Caller[], guest: 0 | 1): void {
    const { stage, driving } = this.#parts
    const pendings = callers.map((caller) => {
      const pending = this.#begin(caller)
      lookAt(pending)
      return pending
    })
    const answers = driving.together(stage.caches[guest], pendings)
    for (const [nth, caller] of callers.entries())
      caller.see('failure', answers[nth] as (typeof answers)[number], (response) =>
        seeAnswer(caller, response, driving),
      )
  }

  async close(): Promise<void> {
    for (const front of this.#fronts) await front[Symbol.asyncDispose]()
  }

  #fetch(caller: Caller): void {
    const { asked } = caller
    const controller = new AbortController()
    caller.leave = () => controller.abort(new Error('enough'))
    const init = fetchInitOf(asked, initOf(asked, this.#options(caller)), controller.signal)
    const answer = this.#parts.stage.caches[asked.guest].fetch(this.url(asked), init)
    caller.see('failure', answer, (response) => seeWeb(caller, response, this.#parts.driving))
  }

  #send(caller: Caller): void {
    const { driving } = this.#parts
    const pending = this.#begin(caller)
    caller.see('failure', driving.drive(pending), (response) => seeAnswer(caller, response, driving))
  }

  #detach(caller: Caller): void {
    const pending = this.#begin(caller)
    pending.detach()
    caller.isOver = () => pending.finished
  }

  #begin(caller: Caller): PendingRequest {
    const { asked } = caller
    const pending = this.#parts.stage.caches[asked.guest].send(this.url(asked), initOf(asked, this.#options(caller)))
    caller.leave = () => pending.cancel('enough')
    caller.tell('isDirect', pending.intoDirectHandle() !== undefined)
    edit(pending, asked)
    return pending
  }

  /** A client of a server in this process, to whom the answer is sent. */
  async #deliver(caller: Caller): Promise<void> {
    const { driving } = this.#parts
    const begun = new Barrier()
    const closed = new Barrier()
    const front = await startFront(async (_incoming, response) => {
      response.once('close', () => closed.open())
      const handover = driving.drive(this.#begin(caller).sendToClient(response))
      begun.open()
      await handover.catch((failure: unknown) => {
        caller.tell('failure', toldFailure(failure))
        response.destroy()
      })
    })
    const leaving = new AbortController()
    this.#fronts.push(front)
    this.#seeClient(caller, front.get({}, leaving.signal, caller.asked.method), closed.opened)
    await begun.opened
    caller.leave = () => leaving.abort()
  }

  /** A client of the proxy, who stays. Done once its request is under way there, or answered. */
  async #visit(caller: Caller): Promise<void> {
    const { asked } = caller
    const { stage } = this.#parts
    const { method = 'GET', fields: headers = {} } = asked
    const [cache] = stage.caches
    const before = cache.stats().requests.started
    const visit = request(this.url(asked).replace(SITE, stage.proxy), { method, headers, agent: false })
    upload(visit, this.#body(asked.upload === 'breaks off' ? { ...asked, upload: 'stream' } : asked))
    this.#seeClient(caller, answerOf(visit), Promise.resolve())
    while (caller.state === 'waits' && cache.stats().requests.started === before) await new Promise(setImmediate)
  }

  #seeClient(caller: Caller, visit: Promise<ClientAnswer>, closed: Promise<void>): void {
    this.#parts.driving
      .counting(visit)
      .then(toldClient, toldFailure)
      .then(async (told) => {
        caller.tell('client', told)
        await closed
        caller.state = 'over'
      })
  }

  #options({ asked, seen }: Caller): AskingOptions {
    const { hooks, base, stage } = this.#parts
    const ask = (page: number) => {
      const pending = stage.caches[asked.guest].send(this.url({ page }), { backend: 'origin' })
      this.#hooked.push(pending)
      return pending
    }
    return { notes: seen.notes, hooks, body: this.#body(asked), key: `${base} shared`, ask }
  }

  #body({ method, upload, page }: Asked): UploadBody | undefined {
    const takesNone = method === undefined || method === 'HEAD' || upload === undefined
    return takesNone ? undefined : this.#parts.uploads.body(upload, page)
  }
}

function upload(visit: NodeJS.WritableStream, body: UploadBody | undefined): void {
  if (body === undefined) visit.end()
  else if (typeof body === 'string' || body instanceof Uint8Array) visit.end(body)
  else Readable.from(body as AsyncIterable<Uint8Array>).pipe(visit)
}

function edit(pending: PendingRequest, { edit }: Asked): void {
  if (edit === 'sets') pending.setResponseHeader('x-own', 'edited', 'any')
  if (edit === 'appends') pending.appendResponseHeader('x-own', 'added')
  if (edit === 'removes') pending.removeResponseHeader('cache-control')
}

function toldClient({ headers: { date: _, ...headers }, body, ...answer }: ClientAnswer): unknown {
  return { ...answer, headers, body: toldBytes(body) }
}
