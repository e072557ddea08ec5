/** A fresh hit makes no host call, and is in all else like any other answer. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AlreadyFinishedError, CancelledError } from '../../lib/base/errors.js'
import { Cache } from '../../lib/client/cache.js'
import { openHost } from '../../lib/client/open-cache.js'
import { LocalHost } from '../../lib/host/local-host.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { TestClock } from '../kit/test-clock.js'

class Setting implements AsyncDisposable {
  readonly clock = new TestClock()
  lookups = 0
  readonly cache: Cache

  constructor(readonly origin: Origin) {
    const { host, ...parts } = openHost({ clock: this.clock })
    const lookup = LocalHost.prototype.lookup
    host.lookup = (request, options) => {
      this.lookups++
      return lookup.call(host, request, options)
    }
    const stats = (guest: object) => ({ ...host.stats(), ...guest }) as ReturnType<Cache['stats']>
    this.cache = Cache.over({ ...parts, host, stats, shutDown: () => host.shutDown() })
  }

  get url(): string {
    return this.origin.url('/')
  }

  /** Whether `request` was answered without a lookup. */
  async makesNoLookup(request: () => unknown): Promise<boolean> {
    const before = this.lookups
    await request()
    return this.lookups === before
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cache.close({ drainMs: 0 })
    await this.origin[Symbol.asyncDispose]()
  }
}

/** A cache where the URL has been fetched once, and hit once. */
async function warm(headers: Record<string, string> = {}): Promise<Setting> {
  const setting = new Setting(await startOrigin())
  setting.origin.on('/', (_request, nth) => ({
    headers: { 'cache-control': 'max-age=60', etag: '"a"', ...headers },
    body: `body ${nth}`,
  }))
  for (let time = 0; time < 2; time++) await (await setting.cache.send(setting.url)).text()
  assert.is(setting.lookups, 2)
  return setting
}

test('the third request in a row makes no lookup, by any driver, and counts as a hit', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const isAlone = await setting.makesNoLookup(async () => {
    assert.is(cache.send(url).poll().ready, true)
    assert.is(cache.send(url).wait().hits, 3)
    assert.is((await cache.send(url)).headers.get('x-cache-hits'), '4')
    assert.is(await (await cache.fetch(url)).text(), 'body 1')
    assert.is(cache.select([cache.send(url)]).value.hits, 6)
  })
  assert.is(isAlone, false, 'fetch has fields of its own, which no request had before')
  assert.is(await setting.makesNoLookup(() => cache.fetch(url)), true)
  assert.is(cache.stats().transactions.outcomes.hit, 7)
  assert.is(cache.stats().requests.pending, 0)
})

test('age, ttl and Age of a remembered answer go on, and at the end of its freshness the origin is asked', async () => {
  await using setting = await warm()
  const { cache, clock, url } = setting
  clock.advance(40_500)
  const response = cache.send(url).wait()
  assert.equal([response.age, response.ttl, response.headers.get('age')], [40.5, 19.5, '41'])
  assert.match(response.headers.get('cache-status') ?? '', 'hit;ttl=19')
  clock.advance(19_500)
  assert.is(await (await cache.send(url)).text(), 'body 2')
})

for (const [what, purge] of [
  ['its URL', (url: string) => ({ url })],
  ['a surrogate key', () => ({ surrogateKey: 's' })],
  ['everything', () => ({ all: true as const })],
] as const) {
  test(`after a purge of ${what} no answer is remembered`, async () => {
    await using setting = await warm({ 'surrogate-key': 's' })
    const { cache, url } = setting
    cache.purge(purge(url)).wait()
    assert.is(await (await cache.send(url)).text(), 'body 2')
  })
}

test('the body of a remembered answer is the caller’s own, however it is read', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const bytes = cache.send(url).wait().bytes().wait()
  bytes.fill(0)
  cache.send(url).wait().read().wait()?.fill(0)
  for await (const chunk of cache.send(url).wait()) chunk.fill(0)
  new Uint8Array(await cache.send(url).wait().toWeb().arrayBuffer()).fill(0)
  assert.is(cache.send(url).wait().text().wait(), 'body 1')
  assert.is(setting.lookups, 2)
})

test('the body of a remembered answer is read once, in pieces or whole, and ends', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const response = cache.send(url).wait()
  assert.is(response.trailers, undefined)
  assert.is(Buffer.from(response.read().wait() ?? []).toString(), 'body 1')
  assert.is(response.read().wait(), undefined)
  assert.equal(response.trailers, [])
  assert.throws(
    () => response.text(),
    (error: unknown) => error instanceof AlreadyFinishedError,
  )
  const cancelled = cache.send(url).wait()
  cancelled.cancel()
  assert.throws(
    () => cancelled.read(),
    (error: unknown) => error instanceof AlreadyFinishedError,
  )
})

test('an abort ends the reading of a remembered answer, unless its end was read', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const ends = new AbortController()
  const [whole, begun, unread] = [1, 2, 3].map(() => cache.send(url, { signal: ends.signal }).wait())
  assert.is(whole?.text().wait(), 'body 1')
  begun?.read().wait()
  ends.abort('enough')
  for (const response of [begun, unread]) {
    assert.throws(
      () => response?.read().wait(),
      (error: unknown) => error instanceof CancelledError && error.cause === 'enough',
    )
  }
  assert.equal(whole?.trailers, [])
})

test('the head of a remembered answer may be edited until somebody drives it, for this caller alone', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const pending = cache.send(url)
  pending.setResponseHeader('x-mine', '1')
  assert.is(pending.wait().headers.get('x-mine'), '1')
  assert.throws(
    () => pending.setResponseHeader('x-mine', '2'),
    (error: unknown) => error instanceof AlreadyFinishedError,
  )
  assert.is(cache.send(url).wait().headers.get('x-mine'), null)
})

test('requests with conditions or a range are remembered each for itself', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  for (const [headers, status, body] of [
    [{ 'if-none-match': '"a"' }, 304, ''],
    [{ range: 'bytes=0-3' }, 206, 'body'],
    [{ range: 'bytes=90-' }, 416, ''],
  ] as const) {
    for (const asks of ['the host', 'nobody']) {
      const isAlone = await setting.makesNoLookup(() => {
        const response = cache.send(url, { headers }).wait()
        assert.equal([response.status, response.text().wait()], [status, body])
      })
      assert.is(isAlone, asks === 'nobody', `${status} asks ${asks}`)
    }
  }
})

test('a request with freshness directives is decided by the host each time', async () => {
  await using setting = await warm()
  const { cache, url } = setting
  const headers = { 'cache-control': 'no-cache' }
  for (const body of ['body 2', 'body 3']) assert.is(await (await cache.send(url, { headers })).text(), body)
  assert.is(await (await cache.send(url)).text(), 'body 3')
})

test('a remembered answer calls no hooks, and a closed cache gives none', async () => {
  const setting = await warm()
  const { cache, url } = setting
  cache.send(url, { beforeSend: () => assert.unreachable() }).wait()
  assert.is(setting.lookups, 2)
  await setting[Symbol.asyncDispose]()
  assert.throws(() => cache.send(url), /closed/)
})

test.run()
