/** Whatever is requested, in whatever order and at the same time, every answer has the bytes it says, of one version. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HttpResponse, openCache, type Policy, type SendInit, TruncatedBodyError } from '../../lib/index.js'
import type { OriginRequest } from '../kit/origin.js'
import { ranged } from '../kit/ranged.js'
import { TestClock } from '../kit/test-clock.js'

const URL = 'http://origin.test/'

type Event =
  /** Requests that are sent together. */
  | { readonly event: 'ask'; readonly ranges: readonly (string | undefined)[] }
  /** A request whose hook asks for this range in place of the whole. */
  | { readonly event: 'part'; readonly range: string | undefined }
  | { readonly event: 'change'; readonly length: number }
  | { readonly event: 'tick' }
  | { readonly event: 'purge' }

const offset = fc.integer({ min: 0, max: 12 })
const range = fc.oneof(
  fc.constant(undefined),
  fc.tuple(offset, offset).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  offset.map((from) => `${from}-`),
  offset.map((count) => `-${count}`),
)
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      event: fc.constant('ask' as const),
      ranges: fc.array(range, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ event: fc.constant('change' as const), length: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constant('part' as const), range }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ event: fc.constant('purge' as const) }) },
)

/** How the origin takes `If-Range`: as it should, not at all, or by refusing every range. */
const origins = ['careful', 'deaf', 'refusing'] as const

class World {
  readonly clock = new TestClock()
  /** Bodies by tag. */
  readonly versions = new Map<string, string>()
  readonly #origin: (typeof origins)[number]
  readonly cache

  constructor(origin: (typeof origins)[number], policy: Partial<Policy>) {
    this.#origin = origin
    this.cache = openCache({ clock: this.clock, policy, fetch: (_url, init) => this.#answer(init) })
    this.change(10)
  }

  change(length: number): void {
    const version = String.fromCharCode(97 + this.versions.size)
    const body = Array.from({ length }, (_, at) => `${version}${at.toString(16)}`).join('')
    this.versions.set(`"${this.versions.size + 1}"`, body)
  }

  ask(range: string | undefined): Promise<void> {
    return this.#checked(
      range,
      this.cache.send(URL, range === undefined ? {} : { headers: { range: `bytes=${range}` } }),
    )
  }

  /** A request that hits or waits runs no hook: it may get the whole, or lead for it. */
  part(range: string | undefined): Promise<void> {
    const beforeSend: NonNullable<SendInit['beforeSend']> = ({ headers }) => {
      if (range !== undefined) headers.set('range', `bytes=${range}`)
    }
    return this.#checked(range, this.cache.send(URL, { beforeSend }))
  }

  async #checked(range: string | undefined, pending: PromiseLike<HttpResponse>): Promise<void> {
    const response = await pending
    const { status, headers } = response
    const whole = this.versions.get(headers.get('etag') ?? '') ?? ''
    const body = await response.text().then(
      (text) => text,
      (failure: unknown) => failure,
    )
    if (status === 416) return assert.ok(range !== undefined)
    if (status === 200) return assert.is(body, whole)
    const [, from, to, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
    // A leader may be answered before the end of the body has come, and with it the size.
    if (size !== '*') assert.is(Number(size), whole.length)
    if (Number(to) >= whole.length) assert.instance(body, TruncatedBodyError)
    else assert.is(body, whole.slice(Number(from), Number(to) + 1))
    assert.ok(range !== undefined, 'a part goes only to a request for a range')
  }

  async #answer(init: RequestInit | undefined): Promise<Response> {
    const asked = new Headers(init?.headers)
    if (this.#origin === 'refusing') asked.delete('range')
    if (this.#origin === 'deaf') asked.delete('if-range')
    const [tag = '', body = ''] = [...this.versions].at(-1) ?? []
    const resource = ranged(() => ({ body, headers: { 'Cache-Control': 'max-age=10', ETag: tag } }))
    const request = { header: (name: string) => asked.get(name) ?? undefined } as OriginRequest
    const answer = await resource(request, 1)
    if ('raw' in answer) throw new Error('not HTTP')
    const { status = 200, headers, body: bytes } = answer
    return new Response(status === 304 ? null : (bytes as string | undefined), {
      status,
      headers: headers as Record<string, string>,
    })
  }
}

async function happen(world: World, event: Event): Promise<void> {
  if (event.event === 'ask') await Promise.all(event.ranges.map((range) => world.ask(range)))
  else if (event.event === 'part') await world.part(event.range)
  else if (event.event === 'change') world.change(event.length)
  else if (event.event === 'tick') world.clock.advance(11_000)
  else await world.cache.purge({ url: URL })
}

for (const origin of origins) {
  for (const rangeOnMiss of ['whole', 'forward'] as const) {
    test(`behind a ${origin} origin, with ranges fetched ${rangeOnMiss}, no answer mixes versions`, async () => {
      const property = fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const world = new World(origin, { rangeOnMiss })
        try {
          for (const each of events) await happen(world, each)
          assert.is(world.cache.stats().transactions.obligations, 0)
        } finally {
          await world.cache.close({ drainMs: 0 })
        }
      })
      await fc.assert(property, { numRuns: Number(process.env['RUNS'] ?? 150), interruptAfterTimeLimit: 6000 })
    })
  }
}

test.run()
