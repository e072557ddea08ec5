/** What a hook must not do to its own request, and what it cannot do to its cache. */

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

const origin = await startOrigin()
let pages = 0

/** A page that nobody has asked for: who waits for another's fetch calls no hooks. */
function fresh(): string {
  const path = `/${pages++}`
  return origin.on(path, { body: 'fetched' }).url(path)
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

  test(`a hook whose clean-up does not end does not hold up the close for ever, over ${where}`, async () => {
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

test.after(async () => {
  await host.close()
  await origin[Symbol.asyncDispose]()
})
test.run()
