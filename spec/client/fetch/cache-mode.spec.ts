/** The modes of `RequestInit.cache`: what each asks of this cache, and tells the caches behind it. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestCacheMode } from '../../../lib/base/web-types.js'
import { type BackendRequest, type Cache, openCache, type SendInit } from '../../../lib/index.js'
import { ClockedHost } from '../../kit/clocked-host.js'
import { type Script, startOrigin } from '../../kit/origin.js'
import { TestClock } from '../../kit/test-clock.js'

const test = suite('cache modes')
const origin = await startOrigin()
test.after(() => origin[Symbol.asyncDispose]())

/** A validation is answered by 304; each other answer has its number for a body. */
const counted: Script = ({ header }, nth) => {
  const headers = { ETag: '"1"', 'Cache-Control': 'max-age=10' }
  return header('if-none-match') === '"1"' ? { status: 304, headers } : { headers, body: String(nth) }
}

/**
 * What an answer was, what it says, and what of the mode went over the wire; `stored` is what `default` finds afterwards.
 * The cache has first fetched `1`, which is then `ageSeconds` old.
 */
interface Row {
  readonly mode: RequestCacheMode
  readonly ageSeconds: number | 'nothing stored'
  readonly body: string
  readonly sent: readonly (string | undefined)[] | 'nothing'
  readonly stored: string
}

const WIRE = ['cache-control', 'pragma', 'if-none-match'] as const

const TABLE: readonly Row[] = [
  { mode: 'default', ageSeconds: 0, body: '1', sent: 'nothing', stored: '1' },
  { mode: 'default', ageSeconds: 20, body: '1', sent: [undefined, undefined, '"1"'], stored: '1' },
  { mode: 'no-store', ageSeconds: 0, body: '2', sent: ['no-cache', 'no-cache', undefined], stored: '1' },
  { mode: 'no-store', ageSeconds: 'nothing stored', body: '1', sent: ['no-cache', 'no-cache', undefined], stored: '2' },
  { mode: 'reload', ageSeconds: 0, body: '2', sent: ['no-cache', 'no-cache', undefined], stored: '2' },
  { mode: 'reload', ageSeconds: 20, body: '2', sent: ['no-cache', 'no-cache', undefined], stored: '2' },
  { mode: 'reload', ageSeconds: 'nothing stored', body: '1', sent: ['no-cache', 'no-cache', undefined], stored: '1' },
  { mode: 'no-cache', ageSeconds: 0, body: '1', sent: ['max-age=0', undefined, '"1"'], stored: '1' },
  { mode: 'no-cache', ageSeconds: 20, body: '1', sent: ['max-age=0', undefined, '"1"'], stored: '1' },
  { mode: 'no-cache', ageSeconds: 'nothing stored', body: '1', sent: ['max-age=0', undefined, undefined], stored: '1' },
  { mode: 'force-cache', ageSeconds: 0, body: '1', sent: 'nothing', stored: '1' },
  { mode: 'force-cache', ageSeconds: 20, body: '1', sent: 'nothing', stored: '1' },
  {
    mode: 'force-cache',
    ageSeconds: 'nothing stored',
    body: '1',
    sent: [undefined, undefined, undefined],
    stored: '1',
  },
  { mode: 'only-if-cached', ageSeconds: 0, body: '1', sent: 'nothing', stored: '1' },
  { mode: 'only-if-cached', ageSeconds: 20, body: '1', sent: 'nothing', stored: '1' },
  { mode: 'only-if-cached', ageSeconds: 'nothing stored', body: '504', sent: 'nothing', stored: '1' },
]

let paths = 0

/** Where the rows are played. A policy that does not heed what clients say of caching heeds what the program says. */
const PLACES = {
  'a cache here': here('rfc9111'),
  'a cache here, by policy fastly': here('fastly'),
  'a host thread': await beside('rfc9111'),
  'a host thread, by policy fastly': await beside('fastly'),
}

for (const [place, { cache, advance, close }] of Object.entries(PLACES)) {
  test.after(close)
  for (const { mode, ageSeconds, body, sent, stored } of TABLE) {
    const found = typeof ageSeconds === 'string' ? ageSeconds : `an object stored ${ageSeconds} s ago`
    for (const asked of ['init', 'Request'] as const) {
      const title = `${mode} in ${asked}, ${found}: gives ${body}, sends ${sent === 'nothing' ? sent : 'a request'}`
      test(`${place}: ${title}`, async () => {
        const path = `/${++paths}`
        const url = origin.on(path, counted).url(path)
        if (typeof ageSeconds === 'number') {
          await (await cache.fetch(url)).text()
          await advance(ageSeconds * 1000)
        }
        const before = origin.count(path)
        const answer = asked === 'init' ? cache.fetch(url, { cache: mode }) : cache.fetch(requestIn(mode, url))
        const response = await answer
        const given = response.status === 504 ? '504' : await response.text()
        const requests = origin.requestsOf(path).slice(before)
        const wire = requests.map(({ header }) => WIRE.map((name) => header(name)))
        assert.equal([given, wire], [body, sent === 'nothing' ? [] : [sent]])
        assert.is(await (await cache.fetch(url)).text(), stored)
      })
    }
  }
}

interface Stage {
  readonly cache: Pick<Cache, 'fetch'>
  advance(ms: number): Promise<void> | void
  close(): Promise<void>
}

function here(policy: 'rfc9111' | 'fastly'): Stage {
  const clock = new TestClock()
  const cache = openCache({ clock, policy })
  return { cache, advance: (ms) => clock.advance(ms), close: () => cache.close() }
}

async function beside(policy: 'rfc9111' | 'fastly'): Promise<Stage> {
  const host = await ClockedHost.start({ policy })
  return { cache: host.connect(), advance: (ms) => host.advance(ms), close: () => host[Symbol.asyncDispose]() }
}

function requestIn(mode: RequestCacheMode, url: string): Request {
  const init: { cache: RequestCacheMode; mode?: 'same-origin' } = { cache: mode }
  if (mode === 'only-if-cached') init.mode = 'same-origin'
  return new Request(url, init as RequestInit)
}

test('Cache-Control and Pragma of the caller go over the wire, and the cache mode still holds here', async () => {
  await using cache = openCache({ clock: new TestClock() })
  const url = origin.on('/own', counted).url('/own')
  const bodies: string[] = []
  for (const _ of [1, 2]) {
    const response = await cache.fetch(url, {
      cache: 'reload',
      headers: { 'Cache-Control': 'max-age=99', Pragma: 'x' },
    })
    bodies.push(await response.text())
  }
  assert.equal(bodies, ['1', '2'])
  const said = origin.requestsOf('/own').map(({ header }) => [header('cache-control'), header('pragma')])
  assert.equal(said, [
    ['max-age=99', 'x'],
    ['max-age=99', 'x'],
  ])
})

test("the caller's beforeSend runs after that of the cache mode, in each form of hook", async () => {
  await using cache = openCache()
  const url = origin.on('/hook', counted).url('/hook')
  const seen: (string | null)[] = []
  const see = ({ headers }: BackendRequest) => void seen.push(headers.get('cache-control'))
  const forms: NonNullable<SendInit['beforeSend']>[] = [
    see,
    async (request) => see(request),
    function* (request) {
      see(request)
    },
  ]
  for (const beforeSend of forms) await (await cache.fetch(url, { cache: 'no-cache', beforeSend })).text()
  assert.equal(seen, ['max-age=0', 'max-age=0', 'max-age=0'])
})

test('cache mode force-cache does not break must-revalidate', async () => {
  const clock = new TestClock()
  await using cache = openCache({ clock })
  const url = origin.on('/must', { headers: { 'Cache-Control': 'max-age=1, must-revalidate' }, body: 'x' }).url('/must')
  await (await cache.fetch(url)).text()
  clock.advance(2000)
  await (await cache.fetch(url, { cache: 'force-cache' })).text()
  assert.is(origin.count('/must'), 2)
})

test('an unknown cache mode is refused, and the body of a Request is not read', async () => {
  await using cache = openCache()
  for (const mode of ['sometimes', 'toString'] as string[]) {
    const request = new Request(origin.url('/none'), { method: 'POST', body: 'unread' })
    for (const input of [request.url, request]) {
      const failure = await cache.fetch(input, { cache: mode as RequestCacheMode }).catch((error) => error)
      assert.is(failure.code, 'InvalidArgument')
    }
    assert.is(request.bodyUsed, false)
  }
  assert.is(origin.count('/none'), 0)
})

test.run()
