/** What a hook must not do to its own request, and what it cannot do to its cache. */

import { inspect } from 'node:util'
import { suspend } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Cache,
  type HttpResponse,
  openCache,
  type Pending,
  SelfCollapseError,
  type SendInit,
  startHost,
} from '../../lib/index.js'
import { startOrigin } from '../kit/origin.js'

type Hook = NonNullable<SendInit['beforeSend']>
type Own = () => Pending<HttpResponse>

const waits: Record<string, (own: Own) => Hook> = {
  'returns it': (own) => () => own() as unknown as ReturnType<Hook>,
  'yields it': (own) => () => ({
    *[Symbol.iterator]() {
      yield* own()
    },
  }),
  'awaits it': (own) => async () => {
    await own()
  },
}

const asks: Record<string, (cache: Cache, url: string) => () => Promise<void>> = {
  'by fetch, which has fields of its own': (cache, url) => async () => {
    await cache.fetch(url)
  },
  'a range of it': (cache, url) => async () => {
    await cache.send(url, { headers: { range: 'bytes=0-1' } })
  },
  'in the hook of a request that it makes': (cache, url) => async () => {
    await cache.send(fresh(), {
      async beforeSend() {
        await cache.send(url)
      },
    })
  },
}

/** Functions that are not declared `async` are known for hooks where that costs nothing. */
if (Number.parseInt(process.versions.node, 10) >= 24)
  asks['after an await, in a function that is not declared async'] = (cache, url) => () =>
    new Promise(setImmediate).then(() => cache.send(url)).then(() => {})

const origin = await startOrigin()
let pages = 0

/** A page that nobody has asked for yet: a request that waits for another's fetch calls no hooks. */
function fresh(headers: Record<string, string> = {}): string {
  const path = `/${pages++}`
  return origin.on(path, { body: 'fetched', headers }).url(path)
}

function causes(failure: unknown): unknown[] {
  return failure instanceof Error ? [failure, ...causes(failure.cause)] : [failure]
}

const host = await startHost()
const caches: Record<string, () => Cache> = {
  'a host in this thread': openCache,
  'a host thread': () => host.connect(),
}

for (const [where, open] of Object.entries(caches)) {
  for (const [how, hook] of Object.entries(waits)) {
    for (const name of ['beforeSend', 'afterSend'] as const) {
      test(`${name} that waits for its own request (${how}) fails it instead of waiting for ever, over ${where}`, async () => {
        await using cache = open()
        const pending: Pending<HttpResponse> = cache.send(fresh(), { [name]: hook(() => pending) })
        const failure = await pending.then(
          () => undefined,
          (error: Error & { code?: string }) => error,
        )
        assert.is(failure?.code, 'Custom')
        assert.instance(failure?.cause, SelfCollapseError)
      })
    }
  }

  for (const [what, ask] of Object.entries(asks)) {
    for (const name of ['beforeSend', 'afterSend'] as const) {
      test(`${name} that requests what its own request is fetching (${what}) fails it instead of waiting, over ${where}`, async () => {
        await using cache = open()
        const url = fresh()
        const failure: unknown = await cache.send(url, { [name]: ask(cache, url) }).then(
          () => undefined,
          (error: unknown) => error,
        )
        assert.ok(
          causes(failure).some((cause) => cause instanceof SelfCollapseError),
          String(failure),
        )
      })
    }
  }

  for (const mode of ['reload', 'no-cache'] as const)
    test(`cache mode ${mode} does not hide that the caller's beforeSend waits for its own request, over ${where}`, async () => {
      await using cache = open()
      const url = fresh()
      const asksLater = async () => {
        await new Promise(setImmediate)
        await cache.send(url)
      }
      const failure: unknown = await cache.fetch(url, { cache: mode, beforeSend: asksLater }).then(
        () => undefined,
        (error: unknown) => error,
      )
      assert.ok(
        causes(failure).some((cause) => cause instanceof SelfCollapseError),
        String(failure),
      )
    })

  test(`a hook may request another variant of what its own request is fetching, over ${where}`, async () => {
    await using cache = open()
    const url = fresh({ 'cache-control': 'max-age=0', vary: 'accept-language' })
    await cache.send(url, { headers: { 'accept-language': 'en' } })
    const inHook = async () => {
      await cache.send(url, { headers: { 'accept-language': 'fr' } })
    }
    const response = await cache.send(url, { headers: { 'accept-language': 'en' }, beforeSend: inHook })
    assert.is(response.status, 200)
  })

  test(`a hook may request the stale answer that its own request is renewing, over ${where}`, async () => {
    await using cache = open()
    const url = fresh({ 'cache-control': 'max-age=0', etag: '"1"' })
    await cache.send(url)
    let old: HttpResponse | undefined
    await cache.send(url, {
      async beforeSend() {
        old = await cache.send(url, { headers: { 'cache-control': 'max-stale' } })
      },
    })
    assert.is(old?.isStale, true)
  })

  test(`a hook whose clean-up never ends does not hold up the close for ever, over ${where}`, async () => {
    const cache = open()
    const pending = cache.send(fresh(), {
      *beforeSend() {
        try {
          yield* suspend()
        } finally {
          yield* suspend()
        }
      },
    })
    pending.poll()
    await cache.close({ drainMs: 0 })
  })
}

test('printing a SelfCollapseError shows no secret of its request', () => {
  const request = { method: 'GET', url: 'http://origin/?secret', fields: [['authorization', 'secret']] as const }
  const error = new SelfCollapseError(request)
  assert.not.match(inspect(error, { showHidden: true }), /secret/)
  assert.is(error.request, request)
})

test.after(async () => {
  await host.close()
  await origin[Symbol.asyncDispose]()
})
test.run()
