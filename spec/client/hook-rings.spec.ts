/** Hooks that ask for what each other's requests fetch are all answered, whichever threads they are on. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type SendInit, startHost } from '../../lib/index.js'
import { Tally } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

const test = suite('hook rings')
const origin = await startOrigin()
const host = await startHost()
test.after(async () => {
  await host.close()
  await origin[Symbol.asyncDispose]()
})

/** The caches of two hooks. */
const places: Record<string, () => readonly [Cache, Cache]> = {
  'over a host in this thread': () => twice(openCache()),
  'over a host thread': () => twice(host.connect()),
  'as two guests of a host thread': () => [host.connect(), host.connect()],
}

const ways: Record<string, (cache: Cache, url: string, init: SendInit) => NonNullable<SendInit['afterSend']>> = {
  generators: (cache, url, init) =>
    function* () {
      yield* cache.send(url, init)
    },
  'async functions': (cache, url, init) => async () => {
    await cache.send(url, init)
  },
}

const kinds: Record<string, SendInit> = {
  'by a request without hooks': {},
  'by a request with a hook of its own': { beforeSend() {} },
}

function twice(cache: Cache): readonly [Cache, Cache] {
  return [cache, cache]
}

let pages = 0

/** Two pages whose answers come once both have been asked for, so that both requests lead before a hook of either runs. */
function twoPages(): { readonly urls: readonly [string, string]; asked(): number } {
  const arrived = new Tally()
  const page = () => {
    const path = `/${pages++}`
    const answer = { body: 'fetched', headers: { 'cache-control': 'max-age=60' } }
    const script = async () => {
      arrived.add()
      await arrived.reached(2)
      return answer
    }
    return origin.on(path, script).url(path)
  }
  return { urls: [page(), page()], asked: () => arrived.count }
}

for (const [where, open] of Object.entries(places)) {
  for (const [how, hook] of Object.entries(ways)) {
    for (const [what, init] of Object.entries(kinds)) {
      test(`hooks (${how}) that ask for each other's page ${what}, ${where}, end, and cost one fetch more`, async () => {
        const [one, other] = open()
        const { urls, asked } = twoPages()
        const [a, b] = urls
        const answers = await Promise.all([
          one.send(a, { afterSend: hook(one, b, init) }),
          other.send(b, { afterSend: hook(other, a, init) }),
        ])
        assert.equal(await Promise.all(answers.map((answer) => answer.text())), ['fetched', 'fetched'])
        assert.is(asked(), 3)
        await Promise.all([one.close(), other.close()])
      })
    }
  }
}

test.run()
