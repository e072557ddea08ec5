/** Invalid options to open a cache, or to start, join or close a host, are refused at the call, with nothing begun. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connect, InvalidArgumentError, openCache, startHost } from '../../lib/index.js'
import { type Call, refuses, untyped } from '../kit/refused.js'

const host = await startHost()

test('openCache and startHost refuse invalid options', async () => {
  const options = [
    ...[
      null,
      5,
      [],
      new Map(),
      Promise.resolve({}),
      { stores: 1 },
      { policy: 'rfc' },
      { policy: { noCache: 'x' } },
      { policy: new Map() },
    ],
    ...[{ store: null }, { store: 5 }, { store: { kind: 'disk' } }, { store: { kind: 'memory', max: 1 } }],
    ...[{ store: { kind: 'memory', maxBytes: -1 } }, { id: 5 }, { id: '' }, { id: 'a\nb' }],
    ...[
      { backends: 5 },
      { backends: ['http://a'] },
      { backends: { a: 'here' } },
      { backends: { a: { url: 'http://a', timeout: 1 } } },
      { backends: new Map([['a', 'http://a']]) },
    ],
    ...[{ clock: 5 }, { clock: {} }, { clock: null }, { fetch: 5 }],
  ]
  for (const given of options) {
    refuses(() => (openCache as Call)(given))
    const started = await (startHost as (given: unknown) => Promise<unknown>)(given).catch((error: unknown) => error)
    assert.instance(started, InvalidArgumentError)
  }
})

test('startHost refuses at the call what could not even cross to its thread', async () => {
  const nothing = () => {}
  for (const given of [
    ...[{ id: nothing }, { id: Symbol('host') }, { store: nothing }, { store: Symbol('memory') }],
    ...[{ store: { kind: 'memory', maxBytes: nothing } }, { store: { kind: 'memory', maxBytes: null } }],
  ]) {
    const started = await (startHost as (given: unknown) => Promise<unknown>)(given).catch((error: unknown) => error)
    assert.instance(started, InvalidArgumentError)
    refuses(() => (openCache as Call)(given))
  }
})

test('startHost heeds options that are inherited from a prototype, as openCache does', async () => {
  const store = Object.create({ kind: 'memory', maxBytes: 1_000_000 })
  await using inherited = await startHost({ store })
  assert.is(inherited.stats().transactions.store.maxBytes, 1_000_000)
})

test('connect refuses a ticket with a part missing', async () => {
  for (const name of ['port', 'memory', 'life', 'standings', 'policy', 'id', 'backends']) {
    const { port, ...terms } = host.ticket()
    refuses(() => (connect as Call)({ port, ...terms, [name]: undefined }))
    port.close()
  }
})

test('connect refuses a ticket with a memory that is too small', async () => {
  for (const name of ['memory', 'life', 'standings']) {
    for (const bytes of [0, 1, 8, 64]) {
      const ticket = host.ticket()
      refuses(() => (connect as Call)({ ...ticket, [name]: new SharedArrayBuffer(bytes) }))
      ticket.port.close()
    }
  }
})

test('connect refuses a ticket made of parts of two tickets, and leaves the host as it was', async () => {
  await using other = await startHost({ id: 'other', backends: { one: 'http://localhost' }, policy: 'fastly' })
  for (const name of ['port', 'memory', 'life', 'standings', 'policy', 'id', 'backends'] as const) {
    for (const from of name === 'port' || name === 'memory' ? [other, host] : [other]) {
      const [one, another] = [host.ticket(), from.ticket()]
      refuses(() => connect({ ...one, [name]: another[name] }))
      for (const { port } of [one, another]) port.close()
    }
  }
  await using cache = host.connect()
  assert.is(cache.purge({ surrogateKey: 'nobody' }).wait({ timeoutMs: 10_000 }), 0)
})

test('closing a host refuses invalid options', async () => {
  const close = untyped(host, 'close')
  for (const options of [null, { drain: 1 }, { drainMs: -1 }]) refuses(() => close(options))
  await host.close()
})

test.run()
