/** The origin of a program: answers by version, and holds what the program holds, or what would else come in an order of chance. */

import { type Answer, type HttpAnswer, RESET, resetsBeforeHeaders } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import type { Origin, OriginRequest } from '../kit/origin.js'
import { ranged } from '../kit/ranged.js'
import type { Reply } from './reply.js'
import { toldBytes } from './told.js'

const LONG = 40_000

export type Part = 'head' | 'body'
/** How long a part is held: as a program will have it, or only until nothing moves. */
export type Until = 'told' | 'at rest'

/** Where a request is held. */
interface Gate {
  readonly page: number
  readonly part: Part
  readonly until: Until
  /** Equal for requests between which no program can tell. */
  readonly what: string
  readonly request: OriginRequest
  readonly barrier: Barrier
}

export interface Staging {
  /** A program's own part of the origin. */
  readonly path: string
  /** By page, and by version. */
  readonly replies: readonly (readonly Reply[])[]
  /** Whether several wait for answers just now: which of them comes first would be chance. */
  isCrowded(): boolean
}

export class StagedOrigin {
  readonly #origin: Origin
  readonly #staging: Staging
  readonly #versions: number[]
  readonly #gates: Gate[] = []
  /** Every head is held while many ask at once. */
  holding: 'as told' | 'all' = 'as told'
  /** What it was asked, in the order of it. */
  readonly asked: string[] = []

  constructor(origin: Origin, staging: Staging) {
    this.#origin = origin
    this.#staging = staging
    this.#versions = staging.replies.map(() => 0)
    for (const page of staging.replies.keys())
      origin.on(`${staging.path}/${page}`, (request) => this.#answer(request, page))
  }

  /** Requests that are neither answered nor given up. */
  get active(): number {
    return this.#origin.active
  }

  /** Those of them that are held, at this part or at any. */
  held(part?: Part): number {
    return this.#open().filter((gate) => (part ?? gate.part) === gate.part).length
  }

  change(page: number): void {
    this.#versions[page] = (this.#versions[page] ?? 0) + 1
  }

  /** One after another, in an order that does not depend on how they came. Whether there was any. */
  goOn({ until, page }: { readonly until?: Until; readonly page?: number } = {}): boolean {
    const open = this.#open().filter(
      (gate) => (until ?? gate.until) === gate.until && (page ?? gate.page) === gate.page,
    )
    const [first] = open.map(({ what }) => what).sort()
    for (const { what, barrier } of open) if (what === first) barrier.open()
    return first !== undefined
  }

  #open(): Gate[] {
    return this.#gates.filter(({ request, barrier }) => !request.isOver && !barrier.isOpen)
  }

  async #answer(request: OriginRequest, page: number): Promise<Answer> {
    const { method, fields, body } = request
    const said = fields.filter(([name]) => name !== 'host' && name !== 'connection').map((field) => field.join(': '))
    this.asked.push([method, page, ...said.sort(), toldBytes(body)].join('\n'))
    const versions = this.#staging.replies[page] ?? []
    const version = (this.#versions[page] ?? 0) % versions.length
    const reply = versions[version] as Reply
    const isTold = reply.head === 'held' || this.holding === 'all'
    const isAwaited = isTold || this.#staging.isCrowded()
    if (isAwaited) await this.#gate(request, page, 'head', isTold ? 'told' : 'at rest').opened
    if (reply.head === 'never') return resetsBeforeHeaders
    const text = `${page}.${version} ${method} ${request.header('x-edited') ?? ''} ${request.header('x-v') ?? ''} `
    const answer = await written(request, reply, text)
    if (answer.body === undefined) return answer
    return this.#paced(request, reply, page, answer as Written, isAwaited)
  }

  /** Where others wait, they act on a head before the body is whole: which of the two came first would be chance. */
  #paced(
    request: OriginRequest,
    { body: kind, trailers }: Reply,
    page: number,
    answer: Written,
    isAwaited: boolean,
  ): HttpAnswer {
    // Of a body of declared length 0, as of a 416, the client waits for nothing: whoever held its end would seem to be at work for ever.
    if (answer.body === '' && kind !== 'none') return sized(answer)
    const [begin, end] = halves(answer.body)
    const gate = (until: Until) => this.#gate(request, page, 'body', until)
    switch (kind) {
      case 'chunked':
        return { ...answer, body: [begin, gate('told'), end], ...(trailers && { trailers: { 'X-After': 'all' } }) }
      case 'breaks off':
        return { ...sized(answer), body: [begin, gate('told'), RESET] }
      case 'none':
        return { ...answer, body: [gate('at rest')] }
      default:
        return isAwaited ? { ...sized(answer), body: [begin, gate('at rest'), end] } : answer
    }
  }

  #gate(request: OriginRequest, page: number, part: Part, until: Until): Barrier {
    const what = [page, part, request.method, ...request.fields.map(String).sort()].join('\n')
    const barrier = new Barrier()
    this.#gates.push({ page, part, until, what, request, barrier })
    return barrier
  }
}

/** A request that breaks a connection that was kept is tried again, and which ones are kept is chance. */
const NOT_KEPT = ['Connection', 'close'] as const

type Written = HttpAnswer & { readonly body: string }

/** No body where there can be none. */
async function written(request: OriginRequest, reply: Reply, text: string): Promise<HttpAnswer> {
  const { status = 200, fields = {}, tag = '', early } = reply
  const informational = early ? [{ status: 103, headers: { Link: '</a>' } }] : []
  const headers = [...Object.entries(fields), ...(tag === '' ? [] : [['ETag', tag] as const]), NOT_KEPT]
  if (tag !== '' && request.header('if-none-match') === tag) return { status: 304, headers, informational }
  if (status === 204) return { status, headers, informational }
  const body = reply.body === 'none' ? '' : text.padEnd(reply.body === 'long' ? LONG : text.length, '0123456789')
  const whole = { status, headers, body, informational }
  if (request.method === 'HEAD') return { status, headers: sized(whole).headers, informational }
  const isPart = reply.ranges === true && status === 200 && request.header('range') !== undefined
  if (!isPart) return whole
  const part = (await ranged(() => ({ body, headers: Object.fromEntries(headers) }))(request, 1)) as HttpAnswer
  return { body: '', ...part, informational }
}

function sized(answer: Written) {
  const headers = Array.isArray(answer.headers) ? answer.headers : Object.entries(answer.headers ?? {})
  return { ...answer, headers: [...headers, ['Content-Length', `${answer.body.length}`] as const] }
}

function halves(body: string): readonly [string, string] {
  const half = Math.ceil(body.length / 2)
  return [body.slice(0, half), body.slice(half)]
}
