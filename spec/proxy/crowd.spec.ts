/** A crowd that waits for one fetch, from its release to the last byte: who is answered when, and with what. */

import { channel } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import { type Client, get, parse, type Serving, serving, valuesOf } from './fixture.js'

const FRESH = { 'Cache-Control': 'max-age=60' }

/** Clients whose requests have all been taken and wait for one fetch. */
async function crowdOf(served: Serving, callers: number): Promise<Client[]> {
  const clients: Client[] = []
  for (let n = 0; n < callers; n++) clients.push(await served.client())
  for (const client of clients) client.write(get('/', 'Connection: close'))
  await served.origin.arrived('/')
  while (served.proxy.stats().requests.active < callers) await turn()
  return clients
}

/** How many connections of the proxy have sent all they were given, whenever one more request has its answer. */
function watch({ port }: Serving) {
  const sockets: Socket[] = []
  const counts: number[] = []
  const connected = channel('net.server.socket')
  const answered = channel('tracing:tidewait:request:asyncEnd')
  const onConnected = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    if (socket.localPort === port) sockets.push(socket)
  }
  const onAnswered = () =>
    void counts.push(
      sockets.filter(({ bytesWritten, writableLength }) => bytesWritten > 0 && writableLength === 0).length,
    )
  connected.subscribe(onConnected)
  answered.subscribe(onAnswered)
  return {
    counts,
    [Symbol.dispose]() {
      connected.unsubscribe(onConnected)
      answered.unsubscribe(onAnswered)
    },
  }
}

for (const [what, rest] of [
  ['a body that is all there', []],
  ['a body that is still coming', ['two']],
] as const) {
  test(`waiters of one fetch are answered one by one: what is there has left before the next is looked at, ${what}`, async () => {
    await using served = await serving()
    const [held, more] = [served.origin.hold('/'), new Barrier()]
    served.origin.on('/', { headers: FRESH, body: rest.length === 0 ? 'one' : ['one', more, ...rest] })
    using watched = watch(served)
    const clients = await crowdOf(served, 5)
    held.open()
    await Promise.all(clients.map((client) => client.until('\r\n\r\n')))
    assert.equal(watched.counts, [0, 1, 2, 3, 4])
    more.open()
    for (const client of clients)
      assert.match(parse(await client.rest()).body, new RegExp(['one', ...rest].join('[\\s\\S]*')))
    assert.is(served.origin.count('/'), 1)
  })
}

test('all waiters of one fetch get the same head, and each its own number of hits', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { headers: { ...FRESH, Vary: 'x-cache-hits', 'X-Cache-Hits': '7' }, body: 'one' })
  const clients = await crowdOf(served, 5)
  held.open()
  const answers = await Promise.all(clients.map(async (client) => parse(await client.rest())))
  const followers = answers.filter(({ lines }) => lines.includes('x-cache: hit'))
  const hits = followers.map(({ lines }) => valuesOf(lines, 'x-cache-hits'))
  assert.equal(hits, [
    ['7', '1'],
    ['7', '2'],
    ['7', '3'],
    ['7', '4'],
  ])
  const [first, ...others] = followers.map(({ lines }) => lines.filter((line) => !/^x-cache-hits: [1-4]$/.test(line)))
  for (const lines of others) assert.equal(lines, first)
})

test('a client that leaves while the rest of a body is awaited takes nothing from the others', async () => {
  await using served = await serving()
  const [held, more] = [served.origin.hold('/'), new Barrier()]
  served.origin.on('/', { headers: FRESH, body: ['one', more, 'two'] })
  const [first, ...others] = await crowdOf(served, 3)
  held.open()
  await Promise.all(others.map((client) => client.until('one')))
  first?.leave()
  while (served.proxy.stats().requests.active > 2) await turn()
  more.open()
  for (const client of others) assert.match(await client.rest(), /one[\s\S]*two\r\n0\r\n\r\n$/)
})

test.run()
