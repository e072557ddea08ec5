/** One resource that is asked for in parts, over a host in this thread and over one in another: the words of specs of ranges. */

import { test } from 'uvu'
import { type Cache, openCache, type PolicyChoice, type SendInit, startHost } from '../../lib/index.js'
import type { Answer } from '../kit/answer.js'
import { type Origin, type OriginRequest, type Script, startOrigin } from '../kit/origin.js'
import { type Ranged, ranged } from '../kit/ranged.js'

const DIGITS = '0123456789'
export const TAGGED: Ranged = { body: DIGITS, headers: { 'Cache-Control': 'max-age=60', ETag: '"1"' } }

let paths = 0

/** One resource, a cache in front of it, and what has been asked of the origin. */
export class Scene {
  resource = TAGGED
  readonly path = `/${++paths}`

  constructor(
    readonly cache: Cache,
    readonly origin: Origin,
  ) {
    this.answers(ranged(() => this.resource))
  }

  get url(): string {
    return this.origin.url(this.path)
  }

  answers(answer: Answer | Script): void {
    this.origin.on(this.path, answer)
  }

  /** Status, `Content-Range`, body, and what `Cache-Status` says. */
  async get(headers: Record<string, string> = {}, init: SendInit = {}): Promise<string> {
    const response = await this.cache.send(this.url, { ...init, headers })
    const body = await response.text()
    const said = /;(hit|fwd=[a-z-]+)/.exec(response.headers.get('cache-status') ?? '')?.[1]
    return [response.status, response.headers.get('content-range')?.replace('bytes ', ''), body, said]
      .filter((word) => word !== undefined && word !== '')
      .join(' ')
  }

  range(range: string, headers: Record<string, string> = {}): Promise<string> {
    return this.get({ range: `bytes=${range}`, ...headers })
  }

  /** Puts a part into the store, by a hook that asks for it. */
  part(range: string): Promise<string> {
    return this.get({}, { beforeSend: ({ headers }) => headers.set('range', `bytes=${range}`) })
  }

  /** Range, If-Range and If-None-Match of every request so far. */
  get asked(): string[] {
    return this.origin.requestsOf(this.path).map(wanted)
  }
}

function wanted(request: OriginRequest): string {
  const [condition, known] = [request.header('if-range'), request.header('if-none-match')]
  const range = request.header('range')?.replace('bytes=', '') ?? 'all'
  return `${range}${condition === undefined ? '' : ` if ${condition}`}${known === undefined ? '' : ` unless ${known}`}`
}

let origin: Origin
test.before(async () => {
  origin = await startOrigin()
})
test.after(() => origin[Symbol.asyncDispose]())

/** Caches in this thread, and those that ask a host in another, by policy. */
const opened = new Map<string, Promise<{ readonly cache: Cache; close(): Promise<void> }>>()
test.after(async () => {
  for (const one of opened.values()) await (await one).close()
})

async function open(place: 'here' | 'guest', policy: PolicyChoice): Promise<Cache> {
  const name = `${place} ${JSON.stringify(policy)}`
  const one = opened.get(name) ?? (place === 'here' ? openHere(policy) : openGuest(policy))
  opened.set(name, one)
  return (await one).cache
}

async function openHere(policy: PolicyChoice) {
  const cache = openCache({ policy })
  return { cache, close: () => cache.close({ drainMs: 0 }) }
}

async function openGuest(policy: PolicyChoice) {
  const host = await startHost({ policy })
  const cache = host.connect()
  const close = async () => {
    await cache.close({ drainMs: 0 })
    await host.close({ drainMs: 0 })
  }
  return { cache, close }
}

/** A test of one rule over a host in this thread, and another over a host in another thread. */
export function rule(title: string, policy: PolicyChoice, tell: (scene: Scene) => Promise<void>): void {
  for (const place of ['here', 'guest'] as const) {
    test(`${place}: ${title}`, async () => tell(new Scene(await open(place, policy), origin)))
  }
}
