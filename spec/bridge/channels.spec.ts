/** What the cache does can be watched from any thread that listens; nothing crosses while no thread does. */

import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHANNELS, type ChannelName } from '../../lib/host/diagnostics.js'
import { type HostThread, startHost } from '../../lib/index.js'
import { closedPort } from '../kit/closed-port.js'
import { type Origin, startOrigin } from '../kit/origin.js'
import { Member, statsOf, until } from './crew.js'

interface Heard {
  readonly on: ChannelName
  readonly message: Record<string, unknown>
}

/** All messages on the channels, until it is disposed. */
class Watch implements Disposable {
  readonly heard: Heard[] = []
  readonly #listeners: ReadonlyMap<ChannelName, (message: unknown) => void>

  constructor(names: readonly ChannelName[] = CHANNELS) {
    this.#listeners = new Map(
      names.map((on) => [on, (message) => void this.heard.push({ on, message: message as Heard['message'] })]),
    )
    for (const [name, listener] of this.#listeners) subscribe(name, listener)
  }

  get names(): string[] {
    return this.heard.map(({ on }) => on.replace('tidewait:', ''))
  }

  said(on: ChannelName): Record<string, unknown>[] {
    return this.heard.filter((each) => each.on === on).map(({ message }) => message)
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener)
  }
}

const test = suite('channels')
let origin: Origin

test.before(async () => {
  origin = await startOrigin()
})
test.after(() => origin[Symbol.asyncDispose]())

/** All messages from before this call are heard after it: messages stay in order. */
function caughtUp(host: HostThread): void {
  statsOf(host)
}

test('a thread that listens before it joins hears each step once, with its key, for all its guests', async () => {
  using watch = new Watch()
  await using host = await startHost({ backends: { down: await closedPort() } })
  const [one, two] = [host.connect(), host.connect()]
  origin.on('/page', { headers: { 'Cache-Control': 'max-age=60' }, body: 'page' })
  const key = origin.url('/page')
  const gate = origin.hold('/page')
  const [leader, waiter] = [one.send(key), two.send(key)]
  const answers = Promise.all([leader, waiter])
  await until('both have asked', () => statsOf(host).transactions.waiting === 1)
  gate.open()
  await answers
  await two.purge({ url: key }, { soft: true })
  assert.is(await one.purge({ all: true }), 1)
  caughtUp(host)
  assert.equal(watch.names, ['lead', 'join', 'store', 'share', 'purge', 'purge'])
  for (const on of ['tidewait:lead', 'tidewait:join', 'tidewait:share'] as const)
    assert.equal(watch.said(on), [{ key, method: 'GET', url: key }])
  assert.equal(watch.said('tidewait:store'), [{ key, how: 'insert' }])
  assert.equal(watch.said('tidewait:purge'), [
    { target: { key }, soft: true, affected: 1 },
    { target: { all: true }, soft: false, affected: 1 },
  ])
})

test('a failure is told on its channel as the error it is', async () => {
  using watch = new Watch(['tidewait:fail'])
  await using host = await startHost()
  const cache = host.connect()
  origin.hold('/slow')
  const leader = cache.send(origin.url('/slow'))
  leader.then(undefined, () => {})
  await origin.arrived('/slow')
  const waiter = cache.send(origin.url('/slow'), { cacheOverride: { lookupTimeoutMs: 1 } })
  await waiter.then(undefined, () => {})
  caughtUp(host)
  assert.equal(
    watch.said('tidewait:fail').map(({ error }) => (error as Error).name),
    ['TimeoutError'],
  )
  leader.cancel()
})

test('a thread that listens hears what other threads do, background fetches and evictions too', async () => {
  using watch = new Watch()
  await using host = await startHost({ store: { kind: 'memory', maxBytes: 4096 } })
  origin.on('/large', { headers: { 'Cache-Control': 'max-age=60' }, body: 'x'.repeat(8192) })
  const member = new Member(host, 'crowd', { url: origin.url('/large') })
  assert.is(await member.hears(), 'begins')
  await member.hears()
  caughtUp(host)
  assert.equal(watch.names, ['lead', 'store', 'evict'])
  const cache = host.connect()
  origin.on('/swr', { headers: { 'Cache-Control': 'max-age=0, stale-while-revalidate=60' }, body: 'page' })
  await (await cache.send(origin.url('/swr'))).text()
  await (await cache.send(origin.url('/swr'))).revalidation
  caughtUp(host)
  assert.equal(watch.said('tidewait:revalidate'), [
    { key: origin.url('/swr'), origin: new URL(origin.url('/')).origin },
  ])
})

test('a thread that listens hears of each mark', async () => {
  using watch = new Watch(['tidewait:mark'])
  await using host = await startHost()
  origin.on('/private', { headers: { 'Cache-Control': 'private' }, body: 'mine' })
  await (await host.connect().send(origin.url('/private'))).text()
  caughtUp(host)
  assert.equal(watch.said('tidewait:mark'), [{ key: origin.url('/private'), mode: 'miss' }])
})

test('a thread that begins to listen later hears what follows its next request, and only on its channels', async () => {
  await using host = await startHost()
  const cache = host.connect()
  origin.on('/later', { headers: { 'Cache-Control': 'max-age=60' }, body: 'page' })
  await (await cache.send(origin.url('/later'))).text()
  using watch = new Watch(['tidewait:store'])
  await (await cache.send(origin.url('/later?'))).text()
  caughtUp(host)
  assert.equal(watch.names, ['store'])
})

test('a thread that begins to listen hears what a request with hooks does that goes past the cache', async () => {
  await using host = await startHost({ policy: { hooksOnPass: true } })
  const cache = host.connect()
  const key = origin.url('/changed')
  origin.on('/changed', { headers: { 'Cache-Control': 'max-age=60' }, body: 'page' })
  await (await cache.send(key)).text()
  using watch = new Watch(['tidewait:purge'])
  await (await cache.send(key, { method: 'POST', beforeSend: () => {} })).text()
  caughtUp(host)
  assert.equal(watch.said('tidewait:purge'), [{ target: { key }, soft: false, affected: 1 }])
})

test('a thread that no longer listens is told nothing any more', async () => {
  await using host = await startHost()
  const cache = host.connect()
  const watch = new Watch()
  await cache.purge({ all: true })
  watch[Symbol.dispose]()
  await cache.purge({ all: true })
  let told = 0
  const bystander = channel('tidewait:purge')
  const { publish } = bystander
  bystander.publish = () => void told++
  await cache.purge({ all: true })
  caughtUp(host)
  bystander.publish = publish
  assert.equal([watch.names, told], [['purge'], 0])
})

test.run()
