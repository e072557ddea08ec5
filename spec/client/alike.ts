/** Asks one origin the same thing twice, once with the platform's own `fetch` and once with a cache's, and compares. */

import { type Test, suite as uvuSuite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FetchInit } from '../../lib/client/fetch/fetch-init.js'
import { type Cache, openCache, type Stats } from '../../lib/index.js'
import type { Answer } from '../kit/answer.js'
import { type Origin, type Script, startOrigin } from '../kit/origin.js'

/** What both come to: `rejects` where both reject, `breaks off` where both give a body that fails. */
type Outcome = 'answers' | 'rejects' | 'breaks off'

export interface Alike {
  readonly init?: () => FetchInit
  /** Added to the URL. */
  readonly query?: string
  readonly outcome?: Outcome
}

/** The path asked for comes first; each case has a directory of its own, and a `Location` in it. */
export type Answers = Answer | Script | Readonly<Record<`/${string}`, Answer | Script>>

export interface Comparison {
  readonly test: Test
  readonly cache: Cache<Stats>
  readonly origin: Origin
  /** Another origin, which echoes at `/echo`. */
  readonly away: Origin
  /** A test that both come to the same. */
  alike(title: string, answers: Answers, how?: Alike): void
}

let directories = 0

export async function comparison(name: string): Promise<Comparison> {
  const test = uvuSuite(name)
  const origin = await startOrigin()
  const away = (await startOrigin()).on('/echo', echo)
  const cache = openCache()
  test.after(async () => {
    await cache.close()
    await origin[Symbol.asyncDispose]()
    await away[Symbol.asyncDispose]()
  })
  return {
    test,
    cache,
    origin,
    away,
    alike(title, answers, { init, query = '', outcome = 'answers' } = {}) {
      test(`fetch comes to the same as the platform's fetch: ${title}`, async () => {
        const directory = `/${++directories}`
        const all = isAnswer(answers) ? { '/': answers } : answers
        for (const [path, answer] of Object.entries(all)) origin.on(directory + path, within(directory, answer))
        const url = origin.url(directory + Object.keys(all)[0]) + query
        const theirs = await outcomeOf(fetch(url, init?.() as RequestInit | undefined))
        const ours = await outcomeOf(cache.fetch(url, init?.()))
        assert.equal(ours, theirs)
        assert.is(ours.outcome, outcome)
      })
    },
  }
}

export const plain: Answer = { headers: { 'Content-Type': 'text/plain', 'X-Own': ['a', 'b'] }, body: 'body' }

/** Tells in its answer what it was asked. */
export const echo: Script = ({ method, header, body }) => {
  const said = TOLD.map((name) => [name, header(name)?.replace(/boundary=.*/, 'boundary')])
  return { body: JSON.stringify({ method, said, body: body.replace(/-{4,}[\w-]+/g, 'boundary') }) }
}

const TOLD = [
  'content-type',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
  'cache-control',
  'pragma',
  'referer',
]

/** What a cache says of itself, or adds where the origin does not (RFC 9110 6.6.1), and what belongs to a connection. */
const NOT_COMPARED = new Set([
  ...['age', 'date', 'accept-ranges', 'cache-status', 'x-cache', 'x-cache-hits', 'via'],
  ...['connection', 'keep-alive', 'transfer-encoding'],
])

async function outcomeOf(answer: Promise<Response>) {
  const response = await answer.catch((failure: Error) => ({ failure }))
  if ('failure' in response) return { outcome: 'rejects', ...kindOf(response.failure) }
  assert.instance(response, Response)
  const { status, statusText, ok, url, redirected, type } = response
  const headers = [...response.headers].filter(([name]) => !NOT_COMPARED.has(name))
  const body = response.body === null ? null : await response.text().catch((failure: Error) => ({ failure }))
  if (typeof body === 'object' && body !== null) return { outcome: 'breaks off', ...kindOf(body.failure) }
  return { outcome: 'answers', status, statusText, ok, url, redirected, type, headers, body }
}

/** Messages differ, but for those by which clients know a failure of the network. */
function kindOf({ name, message }: Error) {
  return { name, message: ['fetch failed', 'terminated'].includes(message) ? message : 'its own' }
}

function isAnswer(answers: Answers): answers is Answer | Script {
  return typeof answers === 'function' || !Object.keys(answers).some((name) => name.startsWith('/'))
}

function within(directory: string, answer: Answer | Script): Answer | Script {
  if (typeof answer === 'function' || 'raw' in answer) return answer
  const { Location: location } = { ...answer.headers } as Record<string, string>
  if (!location?.startsWith('/')) return answer
  return { ...answer, headers: { ...answer.headers, Location: directory + location } }
}

/** A stream of these chunks. */
export function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk))
  return new ReadableStream({
    pull(controller) {
      const next = bytes.shift()
      if (next === undefined) controller.close()
      else controller.enqueue(next)
    },
  })
}
