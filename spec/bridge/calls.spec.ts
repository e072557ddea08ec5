/** The host calls, made on a host in this thread and on one in another: the same mistakes are refused at the call (semantics 4.1). */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError, InvalidArgumentError } from '../../lib/base/errors.js'
import { joinHost } from '../../lib/bridge/guest/guest.js'
import { openHost } from '../../lib/client/open-cache.js'
import type { Fields } from '../../lib/http/message.js'
import { startHost } from '../../lib/index.js'
import type { Found, Host } from '../../lib/pending/host.js'
import { type Handle, WouldDeadlockError } from '../../lib/scheduler/index.js'

const OK = { status: 200, statusText: 'OK', fields: [] }
const FRESH = {
  maxAgeMs: 60_000,
  initialAgeMs: 0,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  varyNames: [],
  surrogateKeys: [],
  sensitive: false,
  forbidsStale: false,
}
const STALE_IF_ERROR = { ...FRESH, maxAgeMs: 1000, initialAgeMs: 5000, staleIfErrorMs: 60_000 }
const [FOUND_USABLE, MUST, STALE_MUST_IF_ERROR] = [1 | 2, 8, 4 | 8 | 16]

const test = suite('host calls')
const thread = await startHost()
test.after(() => thread.close())

async function becomesReady(host: Host, handle: Handle): Promise<void> {
  if (host.isReady(handle)) return
  await new Promise<void>((resolve) => {
    const undo = host.watch((ready) => {
      if (ready !== handle) return
      undo()
      resolve()
    })
  })
}

let keys = 0

/** All that a body has, once it has ended. */
async function reads(host: Host, body: Handle): Promise<string> {
  let text = ''
  for (;;) {
    await becomesReady(host, body)
    const bytes = host.read(body)
    if (bytes === undefined) return text
    text += new TextDecoder().decode(bytes)
  }
}

/** A URL of its own, as a guest looks it up. */
class Page {
  readonly #request = { method: 'GET', url: `http://origin.example/${++keys}`, fields: [] }

  constructor(readonly host: Host) {}

  async looksUp(fields: Fields = []): Promise<Handle> {
    const entry = this.host.lookup({ ...this.#request, fields }, {})
    await becomesReady(this.host, entry)
    return entry
  }

  /** Stores a body, and leaves it open unless it is to be whole. */
  async stores(options: typeof FRESH, body: 'whole' | 'open' = 'whole'): Promise<Handle> {
    const entry = await this.looksUp()
    const writer = this.host.insert(entry, OK, options)
    this.host.write(writer, new TextEncoder().encode('stored'))
    if (body === 'whole') this.host.finish(writer)
    this.host.close(entry)
    return writer
  }
}

const remote = joinHost(thread.ticket())

for (const [where, host] of [
  ['this thread', openHost({}).host],
  ['another thread', remote],
] as const) {
  const refuses = (call: () => unknown) => assert.throws(call, (error: unknown) => error instanceof BadHandleError)

  test(`T60 an entry without the obligation can neither commit nor abandon, over ${where}`, async () => {
    const page = new Page(host)
    await page.stores(FRESH)
    const entry = await page.looksUp()
    for (const call of [
      () => host.insert(entry, OK, FRESH),
      () => host.update(entry, OK, FRESH),
      () => host.chooseStale(entry),
      () => host.recordNotCacheable(entry, { maxAgeMs: 1000, varyNames: [] }),
      () => host.abandon(entry, { because: 'left' }),
    ])
      refuses(call)
    assert.is(host.state(entry), FOUND_USABLE)
  })

  test(`T61 a leader that found nothing cannot update, and may still insert, over ${where}`, async () => {
    const page = new Page(host)
    const entry = await page.looksUp()
    refuses(() => host.update(entry, OK, FRESH))
    refuses(() => host.updateAndReturnFresh(entry, OK, FRESH))
    assert.is(host.state(entry), MUST)
    host.finish(host.insert(entry, OK, FRESH))
    assert.is(host.state(await page.looksUp()), FOUND_USABLE)
  })

  test(`found gives nothing where the lookup found nothing, whole or adapted to the client, over ${where}`, async () => {
    const entry = await new Page(host).looksUp()
    assert.equal([host.found(entry, true), host.found(entry, false)], [undefined, undefined])
  })

  test(`a range's head and body are of one choice, though the length became known between them, over ${where}`, async () => {
    const page = new Page(host)
    const writer = await page.stores(FRESH, 'open')
    const entry = await page.looksUp([['range', 'bytes=2-']])
    host.finish(writer)
    const whole = await page.looksUp()
    const { head, body } = host.found(entry, true) as Found
    assert.is(await reads(host, body), head.status === 206 ? 'ored' : 'stored')
    assert.is(await reads(host, (host.found(entry, false) as Found).body), 'stored')
    assert.is(await reads(host, (host.found(whole, true) as Found).body), 'stored')
  })

  test(`T100 select gives what is ready, -1 in time, and an error where nothing can become ready, over ${where}`, async () => {
    const entry = await new Page(host).looksUp()
    const written = host.insertAndStreamBack(entry, OK, FRESH)
    await becomesReady(host, written.entry)
    const { body } = host.found(written.entry, true) as Found
    assert.is(host.select([body], 1), -1)
    assert.throws(
      () => host.select([body]),
      (error: unknown) => error instanceof WouldDeadlockError,
    )
    host.write(written.writer, new TextEncoder().encode('tide'))
    host.finish(written.writer)
    await becomesReady(host, body)
    assert.is(host.select([body, written.entry]), 0)
    host.close(body)
    refuses(() => host.select([body], 1))
    assert.is(host.select([], 1), -1)
  })

  test(`a handle of another kind is refused, and its entry stays what it is, over ${where}`, async () => {
    const entry = await new Page(host).looksUp()
    const writer = host.insert(entry, OK, FRESH)
    for (const call of [
      () => host.receive(entry),
      () => host.read(entry),
      () => host.write(entry, new Uint8Array(1)),
      () => host.state(writer),
      () => host.found(writer, true),
      () => host.purged(writer),
    ])
      refuses(call)
    host.finish(writer)
    refuses(() => host.finish(writer))
    assert.is(host.state(entry), 0)
  })

  test(`T64 a commit with invalid options is refused, and the leader keeps its obligation, over ${where}`, async () => {
    const page = new Page(host)
    await page.stores(STALE_IF_ERROR)
    const entry = await page.looksUp()
    const options = { ...FRESH, surrogateKeys: ['a b'] }
    for (const commit of ['insert', 'insertAndStreamBack', 'update', 'updateAndReturnFresh'] as const) {
      assert.throws(
        () => host[commit](entry, OK, options),
        (error: unknown) => error instanceof InvalidArgumentError,
      )
    }
    assert.throws(
      () => host.recordNotCacheable(entry, { maxAgeMs: -1, varyNames: [] }),
      (error: unknown) => error instanceof InvalidArgumentError,
    )
    assert.is(host.state(entry), STALE_MUST_IF_ERROR)
  })

  test(`the result of a purge is taken only once, over ${where}`, async () => {
    const purge = host.purge({ surrogateKey: 'nobody' }, { soft: false })
    await becomesReady(host, purge)
    assert.is(host.purged(purge), 0)
    refuses(() => host.purged(purge))
    refuses(() => host.isReady(purge))
  })

  test(`validated is refused where the lookup found nothing, over ${where}`, async () => {
    const entry = await new Page(host).looksUp()
    refuses(() => host.validated(entry, OK, 0))
    assert.is(host.state(entry), MUST)
  })

  test(`T62 a leader can choose stale only once, over ${where}`, async () => {
    const page = new Page(host)
    await page.stores(STALE_IF_ERROR)
    const entry = await page.looksUp()
    host.chooseStale(entry)
    refuses(() => host.chooseStale(entry))
  })

  test(`4.1-3 an object whose body still streams in cannot be updated, and the leader keeps its obligation, over ${where}`, async () => {
    const page = new Page(host)
    const writer = await page.stores(STALE_IF_ERROR, 'open')
    const entry = await page.looksUp()
    refuses(() => host.update(entry, OK, FRESH))
    assert.is(host.state(entry), STALE_MUST_IF_ERROR)
    host.close(entry)
    host.finish(writer)
    const next = await page.looksUp()
    host.update(next, OK, FRESH)
    assert.is(host.state(await page.looksUp()), FOUND_USABLE)
  })
}

test('isReady finds what has come from another thread, without a turn of the event loop', () => {
  const page = remote.lookup({ method: 'GET', url: 'http://origin.example/asked', fields: [] }, {})
  const startMs = performance.now()
  while (!remote.isReady(page)) assert.ok(performance.now() - startMs < 10_000)
  assert.is(remote.state(page), MUST)
  remote.close(page)
})

test('a placed request that its guest has left is no handle any more', () => {
  const request = { method: 'GET', url: 'http://origin.example/left', fields: [] }
  const none = { backend: undefined, key: undefined, body: undefined }
  const placed = remote.place({ ...none, request, override: 'none', hooks: {} })
  remote.leave(placed)
  assert.throws(
    () => remote.isReady(placed),
    (error: unknown) => error instanceof BadHandleError,
  )
})

test.run()
