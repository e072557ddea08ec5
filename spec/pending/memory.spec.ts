/** A remembered answer is given again with its present age, and only for as long as it is the answer. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first, type ResponseHead } from '../../lib/http/message.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { finalizeRecalled } from '../../lib/pending/finalize.js'
import { Memory, memoryKey } from '../../lib/pending/memory.js'
import type { RecalledAnswer } from '../../lib/pending/recalled.js'
import type { RequestOptions } from '../../lib/pending/request-options.js'
import { GET, get, ok, type Said, setting, textOf } from './fixture.js'

const MAX_BYTES = 100_000

function remembering(policy = rfc9111) {
  const { host, clock, request, stored } = setting(policy)
  const memory = new Memory({ host, clock, maxBytes: MAX_BYTES })
  return {
    host,
    clock,
    memory,
    request,
    stored,
    /** Asks the host, and remembers its answer. */
    async kept(key: string, options: Partial<RequestOptions> = {}) {
      const answer = await request(options)
      memory.keep(key, answer)
      return answer
    },
  }
}

test('a recalled answer is older by the time that has passed, has one hit more, and is otherwise the same', async () => {
  const { clock, kept, memory, stored } = remembering()
  await stored(ok('max-age=60', 'body', { age: '5', etag: '"a"' }))
  clock.advance(1500)
  const first = await kept('k')
  clock.advance(2000)
  const again = memory.recall('k')
  assert.is(again?.source, 'hit')
  assert.equal(Buffer.concat([...(again?.body ?? [])]).toString(), 'body')
  const { ageMs, hits, ...rest } = again?.object ?? {}
  const { ageMs: _ageMs, hits: _hits, ...before } = first.object ?? {}
  assert.equal([ageMs, hits], [8500, 2])
  assert.equal(rest, before)
  const fields = Object.fromEntries(again?.head.fields ?? [])
  assert.equal(fields, { ...Object.fromEntries(first.head.fields), age: '9' })
  assert.equal(again?.lookup, first.lookup)
})

test('a recalled answer is not collapsed, though the request that brought it has waited', async () => {
  const { memory, request, stored } = remembering()
  await stored(ok('max-age=60'))
  const answer = await request()
  memory.keep('k', { ...answer, lookup: { key: 'k', forward: 'uri-miss', collapsed: true } })
  assert.equal(memory.recall('k')?.lookup, { key: 'k', forward: 'uri-miss', collapsed: false })
})

test('the Age of a recalled answer counts its Date where the policy does so, though freshness does not', async () => {
  const { clock, kept, memory, stored } = remembering(fastly)
  const date = new Date(clock.wallNow() - 30_000).toUTCString()
  await stored(ok('max-age=60', 'body', { date }))
  assert.is(Object.fromEntries((await kept('k')).head.fields)['age'], '30')
  clock.advance(2000)
  const again = memory.recall('k')
  assert.is(Object.fromEntries(again?.head.fields ?? [])['age'], '32')
  assert.is(again?.object?.ageMs, 2000)
})

test('an answer is forgotten when its freshness ends, to the millisecond', async () => {
  const { clock, kept, memory, stored } = remembering()
  await stored(ok('max-age=10', 'body', { age: '3' }))
  await kept('k')
  clock.advance(6999)
  assert.is(memory.recall('k')?.object?.ageMs, 9999)
  clock.advance(1)
  assert.is(memory.recall('k'), undefined)
})

test('an answer is forgotten when the host no longer vouches for it', async () => {
  const { host, kept, memory, stored } = remembering()
  await stored(ok('max-age=10'))
  await kept('k')
  assert.ok(memory.recall('k'))
  host.close(host.purge({ all: true }, { soft: false }))
  assert.is(memory.recall('k'), undefined)
})

test('only hits are remembered, and only those that are fresh and whose body is whole', async () => {
  const { clock, host, kept, memory } = remembering()
  host.script = () => ok('max-age=10, stale-while-revalidate=100')
  assert.is((await kept('k')).source, 'insert')
  assert.is(memory.recall('k'), undefined)
  assert.is((await kept('k')).source, 'hit')
  assert.ok(memory.recall('k'))
  clock.advance(11_000)
  assert.is((await kept('k')).source, 'stale')
  assert.is(memory.recall('k'), undefined)
  host.script = () => ({ ...(ok('max-age=10') as object), end: 'later' }) as Said
  const open = { key: 'open' }
  assert.is((await kept('open', open)).source, 'insert')
  assert.is((await kept('open', open)).source, 'hit')
  assert.is(memory.recall('open'), undefined)
})

test('a body that would crowd out the others is not remembered', async () => {
  const { kept, memory, stored } = remembering()
  await stored(ok('max-age=10', 'x'.repeat(MAX_BYTES / 8)))
  await kept('k')
  assert.is(memory.recall('k'), undefined)
})

test('answers that are used stay, unused ones go, and all together stay within the byte bound', async () => {
  const { kept, memory, stored } = remembering()
  await stored(ok('max-age=10', 'x'.repeat(4000)))
  await kept('used')
  await kept('not used')
  for (let other = 0; other < 100; other++) {
    await kept(`other ${other}`)
    assert.ok(memory.recall('used'), `after ${other}`)
  }
  assert.is(memory.recall('not used'), undefined)
  const left = Array.from({ length: 100 }, (_, other) => memory.recall(`other ${other}`)).filter(Boolean)
  assert.ok(left.length > 0 && left.length * 4000 <= MAX_BYTES, `${left.length} are left`)
})

test('of answers that are not used again, the oldest goes with the first byte too many', async () => {
  const { kept, memory, stored } = remembering()
  await stored(ok('max-age=10', 'x'.repeat(6000)))
  for (let each = 0; each < 15; each++) await kept(`${each}`)
  const left = Array.from({ length: 15 }, (_, each) => memory.recall(`${14 - each}`) !== undefined)
  assert.equal(left, [...Array(8).fill(true), ...Array(7).fill(false)])
})

const LONG = 'x'.repeat(4000)
for (const [what, name, value, key] of [
  ['the name of a field', LONG, '', ''],
  ['the value of a field', 'a', LONG, ''],
  ['the key', 'a', '', LONG],
] as const) {
  test(`${what} counts against the byte bound as a body does`, async () => {
    const { kept, memory, stored } = remembering()
    await stored(ok('max-age=10', '', { [name]: value }))
    for (let each = 0; each < 100; each++) await kept(`${key}${each}`)
    const left = Array.from({ length: 100 }, (_, each) => memory.recall(`${key}${each}`)).filter(Boolean)
    assert.ok(left.length > 0 && left.length * LONG.length <= MAX_BYTES, `${left.length} are left`)
  })
}

test('a forgotten answer leaves its room to others', async () => {
  const { host, kept, memory, request, stored } = remembering()
  host.script = () => ok('max-age=10')
  await textOf(host, await request({ key: 'lasting' }))
  await kept('lasting', { key: 'lasting' })
  for (let each = 0; each < 100; each++) {
    await stored(ok('max-age=10', LONG))
    await kept('changing')
    host.close(host.purge({ url: GET.url }, { soft: false }))
  }
  assert.ok(memory.recall('lasting'))
})

test('recalls share one final head while Age and ttl stay the same, and each tells the ttl that is left', async () => {
  const { clock, host, kept, memory, request } = remembering()
  host.script = () => ok('max-age=60')
  await textOf(host, await request({ override: { ttl: 2.5 } }))
  await kept('k')
  const told = () => finalizeRecalled(memory.recall('k') as RecalledAnswer, { request: GET, policy: rfc9111, id: 'us' })
  const says = ({ fields }: ResponseHead) => [first(fields, 'age'), first(fields, 'cache-status')]
  clock.advance(200)
  const early = told()
  assert.equal(says(early), ['1', 'us;hit;ttl=2'])
  clock.advance(200)
  assert.is(told(), early)
  clock.advance(400)
  assert.equal(says(told()), ['1', 'us;hit;ttl=1'])
  clock.advance(400)
  assert.equal(says(told()), ['2', 'us;hit;ttl=1'])
})

test('answers that no longer stand are dropped as others come, though nobody asks for them', async () => {
  const { host, kept, memory, stored } = remembering()
  await stored(ok('max-age=10', 'x'.repeat(4000)))
  for (let old = 0; old < 8; old++) await kept(`old ${old}`)
  host.close(host.purge({ all: true }, { soft: false }))
  await stored(ok('max-age=10', 'y'))
  const asked: number[] = []
  host.stands = ((stands) => (standing) => {
    asked.push(standing.version)
    return stands.call(host, standing)
  })(host.stands)
  for (let other = 0; other < 8; other++) await kept(`other ${other}`)
  assert.ok(asked.length >= 8)
  asked.length = 0
  for (let old = 0; old < 8; old++) assert.is(memory.recall(`old ${old}`), undefined)
  assert.equal(asked, [])
})

const plain: RequestOptions = {
  request: GET,
  body: undefined,
  backend: undefined,
  key: undefined,
  override: 'none',
  hooks: {},
}

test('requests that an answer may depend on differently have different memory keys', () => {
  const requests: Partial<RequestOptions>[] = [
    {},
    { request: { ...GET, url: 'http://origin/other' } },
    { request: { ...GET, method: 'HEAD' } },
    { request: get({ accept: 'a' }) },
    { request: get({ accept: '' }) },
    { request: get({ 'accept-language': 'a' }) },
    {
      request: {
        ...GET,
        fields: [
          ['accept', 'a'],
          ['accept', 'b'],
        ],
      },
    },
    {
      request: {
        ...GET,
        fields: [
          ['accept', 'b'],
          ['accept', 'a'],
        ],
      },
    },
    { request: get({ range: 'bytes=0-0' }) },
    { request: get({ 'if-none-match': '"a"' }) },
    { key: 'k' },
    { key: 'k\naccept:a' },
    { backend: 'k' },
    { backend: 'l' },
    { key: 'k', backend: 'k' },
  ]
  const keys = requests.map((given) => memoryKey({ ...plain, ...given }, rfc9111))
  assert.not(keys.includes(undefined))
  assert.is(new Set(keys).size, keys.length)
})

test('hooks and overrides do not change the memory key: neither has a say where nothing is fetched', () => {
  const given = { ...plain, override: { ttl: 5 }, hooks: { beforeSend() {}, afterSend() {} } }
  assert.is(memoryKey(given, rfc9111), memoryKey(plain, rfc9111))
})

test('a request past the cache has no memory key, nor has one with freshness directives that the policy heeds', () => {
  const keyOf = (given: Partial<RequestOptions>, policy = rfc9111) => memoryKey({ ...plain, ...given }, policy)
  assert.is(keyOf({ override: 'pass' }), undefined)
  assert.is(keyOf({ request: { ...GET, method: 'POST' } }), undefined)
  assert.is(keyOf({ body: new Uint8Array(1) }), undefined)
  for (const fields of [{ 'cache-control': 'max-age=5' }, { pragma: 'no-cache' }]) {
    assert.is(keyOf({ request: get(fields) }), undefined)
    assert.type(keyOf({ request: get(fields) }, fastly), 'string')
  }
})

test.run()
