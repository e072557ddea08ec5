/** Equal orders in a row, and their answers, cross a line once; each request is answered as if it were alone. */

import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Mailbox } from '../../lib/bridge/guest/mailbox.js'
import { Life, lifeMemory } from '../../lib/bridge/life.js'
import { Line, lineMemory } from '../../lib/bridge/line/line.js'
import type { Answered, PlaceOrder, ToGuest, ToHost } from '../../lib/bridge/line/protocol.js'
import { isSameAnswer, isSameOrder } from '../../lib/bridge/repeats.js'
import { type Cache, type SendInit, startHost } from '../../lib/index.js'
import type { Answer } from '../../lib/pending/answer.js'
import { startOrigin } from '../kit/origin.js'
import { statsOf, until } from './crew.js'

const FRESH = { 'cache-control': 'max-age=60' }

const ORDER: PlaceOrder = {
  request: { method: 'GET', url: 'http://a/', fields: [['a', '1']] },
  backend: undefined,
  key: undefined,
  override: 'none',
  madeBy: undefined,
}

test('an order repeats the last one if nothing differs', () => {
  const { request } = ORDER
  assert.ok(isSameOrder({ ...ORDER, request: { ...request, fields: [['a', '1']] } }, ORDER))
  assert.not(isSameOrder(ORDER, undefined))
  const others: readonly PlaceOrder[] = [
    { ...ORDER, request: { ...request, method: 'HEAD' } },
    { ...ORDER, request: { ...request, url: 'http://b/' } },
    { ...ORDER, request: { ...request, fields: [['a', '2']] } },
    { ...ORDER, request: { ...request, fields: [['b', '1']] } },
    { ...ORDER, request: { ...request, fields: [] } },
    { ...ORDER, request: { ...request, demands: 'max-stale' } },
    { ...ORDER, backend: 'b' },
    { ...ORDER, key: 'k' },
    { ...ORDER, madeBy: 1 },
    { ...ORDER, override: { ttl: 1 } },
  ]
  for (const other of others) assert.not(isSameOrder(other, ORDER), JSON.stringify(other))
})

const ANSWER: Answer = {
  source: 'hit',
  head: { status: 200, statusText: '', fields: [] },
  body: 1,
  object: undefined,
  standing: { cell: 0, version: 0, asOfMs: 0, ageSeconds: 0 },
  lookup: { key: 'k', forward: 'request', collapsed: true },
  forwardStatus: undefined,
  maskedError: undefined,
  revalidation: undefined,
}

test('an answer repeats the last one if nothing differs but its number of hits', () => {
  assert.ok(isSameAnswer({ ...ANSWER, body: 2, object: undefined }, ANSWER))
  assert.not(isSameAnswer(ANSWER, undefined))
  const { lookup, standing } = ANSWER
  const others: readonly Answer[] = [
    { ...ANSWER, source: 'insert' },
    { ...ANSWER, head: { ...ANSWER.head } },
    { ...ANSWER, standing: undefined },
    { ...ANSWER, standing: standing && { ...standing } },
    { ...ANSWER, lookup: undefined },
    { ...ANSWER, lookup: lookup && { ...lookup, key: 'l' } },
    { ...ANSWER, lookup: lookup && { ...lookup, collapsed: false } },
    { ...ANSWER, lookup: lookup && { ...lookup, forward: 'stale' } },
  ]
  for (const other of others) {
    assert.not(isSameAnswer(other, ANSWER), JSON.stringify(other))
    assert.not(isSameAnswer(ANSWER, other), JSON.stringify(other))
  }
  const unsure = { ...ANSWER, standing: undefined }
  assert.not(isSameAnswer(unsure, unsure))
})

/** Requests that wait at the host for the fetch of the first of them. */
async function crowd(host: Parameters<typeof statsOf>[0], cache: Cache<unknown>, urls: readonly string[]) {
  const before = statsOf(host).transactions.waiting
  const distinct = new Set(urls).size
  const pendings = urls.map((url) => cache.send(url))
  for (const pending of pendings) pending.poll()
  const all = before + urls.length - distinct
  await until('all wait', () => statsOf(host).transactions.waiting === all)
  return pendings
}

for (const bytes of [10, 40_000]) {
  test(`many requests for ${bytes} bytes share one head, and each gets its own hit and its own bytes`, async () => {
    await using origin = await startOrigin()
    await using host = await startHost()
    await using cache = host.connect()
    const url = origin.url('/')
    origin.on('/', { headers: { ...FRESH, 'x-from': 'origin' }, body: 'a'.repeat(bytes) })
    const held = origin.hold('/')
    const [leader, ...waiters] = await crowd(
      host,
      cache,
      Array.from({ length: 9 }, () => url),
    )
    held.open()
    assert.is((await leader)?.hits, 0)
    const answers = await Promise.all(waiters)
    assert.equal(
      answers.map(({ hits }) => hits),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    assert.equal(new Set(answers.map(({ age }) => age)).size, 1)
    for (const answer of answers) {
      assert.is(answer.headers.get('x-from'), 'origin')
      const own = await answer.bytes()
      assert.is(Buffer.from(own).toString(), 'a'.repeat(bytes))
      own.fill(0)
    }
    assert.is((await cache.send(url)).hits, 9)
    assert.is(origin.count('/'), 1)
  })
}

test('mixed requests for several pages are told apart, and so are those before and after a purge', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  await using cache = host.connect()
  origin.on('/a', (_request, nth) => ({ headers: FRESH, body: `a${nth}` }))
  origin.on('/b', (_request, nth) => ({ headers: FRESH, body: `b${nth}` }))
  for (const round of [1, 2]) {
    const held = [origin.hold('/a'), origin.hold('/b')]
    const urls = Array.from({ length: 12 }, (_, at) => origin.url(at % 3 === 0 ? '/a' : '/b'))
    const pendings = await crowd(host, cache, urls)
    for (const hold of held) hold.open()
    const texts = await Promise.all(pendings.map(async (pending) => (await pending).text()))
    assert.equal(
      texts,
      urls.map((url) => `${url.slice(-1)}${round}`),
    )
    assert.is(await cache.purge({ all: true }), 2)
  }
})

test('different orders in a row are not taken for repeats', async () => {
  await using origin = await startOrigin()
  await using host = await startHost()
  await using cache = host.connect()
  const url = origin.url('/')
  origin.on('/', ({ method, header }) => ({ headers: FRESH, body: `${method} ${header('x-a') ?? ''}` }))
  const past: SendInit = { cacheOverride: 'pass' }
  const inits: readonly SendInit[] = [
    past,
    { ...past, headers: { 'x-a': '1' } },
    { method: 'POST', body: 'x' },
    past,
    past,
  ]
  const pendings = inits.map((init) => cache.send(url, init))
  const texts = await Promise.all(pendings.map(async (pending) => (await pending).text()))
  assert.equal(texts, ['GET ', 'GET 1', 'POST ', 'GET ', 'GET '])
  assert.is(origin.count('/'), 5)
})

test('an answer to a closed call still counts as the last one for the next repeat', async () => {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  const host = new Line<ToGuest, ToHost>(port2, memory, 'host')
  const mailbox = new Mailbox(new Line<ToHost, ToGuest>(port1, memory, 'guest'), new Life(lifeMemory()))
  const told: unknown[] = []
  const object = { ageMs: 0, isPast: false, maxAgeMs: 1, swrMs: 0, sieMs: 0, hits: 1, varyNames: [], surrogateKeys: [] }
  const { head, standing, lookup } = ANSWER
  const answer = {
    source: 'hit',
    head,
    object: { ...object, sensitive: false },
    standing,
    lookup,
  } as unknown as Answered['answer']
  mailbox.expect(1, { answered: () => assert.unreachable(), failed: () => assert.unreachable() })
  mailbox.expect(2, { answered: (say, body) => told.push(say, body), failed: () => assert.unreachable() })
  mailbox.end(1)
  host.send({ say: { is: 'answered', call: 1, answer, body: { kind: 'inline' } }, bytes: Buffer.from('all') })
  host.send({ say: { is: 'answered-repeat', call: 2, hits: 7 } })
  mailbox.poll()
  const again = { ...answer, object: { ...answer.object, hits: 7 } }
  assert.equal(told, [
    { is: 'answered', call: 2, answer: again, body: { kind: 'inline' } },
    [new Uint8Array(Buffer.from('all'))],
  ])
  const closed = once(port1, 'close')
  mailbox.close()
  host.close()
  await closed
})

test.run()
