/** A lane is its socket for whoever writes, and whoever reads: nothing waits in between, and nothing overtakes. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FedSocket } from '../../lib/proxy/fed-socket.js'

interface Both extends AsyncDisposable {
  readonly lane: FedSocket
  readonly client: Socket
}

async function both(Made = FedSocket): Promise<Both> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
  return {
    lane: new Made(socket),
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(client: Socket): Promise<string> {
  let text = ''
  for await (const chunk of client) text += chunk
  return text
}

test('what is held back is held back as one, and leaves when it is let go, before anything else can happen', async () => {
  await using pair = await both()
  const { lane } = pair
  lane.cork()
  lane.write('one', 'latin1')
  lane.write(Buffer.from('two'))
  assert.equal([lane.writableCorked, lane.writableLength, lane.socket.bytesWritten], [1, 6, 6])
  lane.uncork()
  assert.equal([lane.writableCorked, lane.writableLength], [0, 0])
})

test('pieces arrive in the order they were written, the last of them given to the end', async () => {
  await using pair = await both()
  const { lane, client } = pair
  let told = 0
  lane.write('one ')
  lane.write('two ', () => told++)
  lane.cork()
  lane.write('three ', 'latin1', () => told++)
  lane.uncork()
  lane.end('four')
  assert.is(await textOf(client), 'one two three four')
  assert.ok(lane.writableFinished)
  assert.is(told, 2)
})

test('who writes more than there is room for hears so, and when there is room again', async () => {
  await using pair = await both()
  const { lane, client } = pair
  const chunk = Buffer.alloc(1024 * 1024)
  client.pause()
  while (lane.write(chunk) || lane.socket.writableLength === 0);
  assert.ok(lane.writableNeedDrain)
  assert.ok(lane.writableLength > 0)
  client.resume()
  await once(lane, 'drain')
  assert.not(lane.writableNeedDrain)
})

class Fed extends FedSocket {
  constructor(socket: Socket) {
    super(socket)
    socket.on('data', (octets) => this.feed(octets))
  }
}

test('of what nobody reads yet, no more is taken from the client than there is room for, and nothing is lost', async () => {
  await using pair = await both(Fed)
  const { lane, client } = pair
  const sent = 64 * lane.readableHighWaterMark
  client.end(Buffer.alloc(sent))
  while (!lane.socket.isPaused() && lane.readableLength < sent) await turn()
  assert.ok(lane.readableLength < sent / 8, String(lane.readableLength))
  let received = 0
  for await (const chunk of lane) received += (chunk as Buffer).byteLength
  assert.is(received, sent)
})

test('a write on a connection that has gone fails, and nobody else does', async () => {
  await using pair = await both()
  const { lane, client } = pair
  client.destroy()
  lane.resume()
  await once(lane, 'close')
  const failure = await new Promise((resolve) => lane.write('late', resolve))
  assert.instance(failure, Error)
})

test.run()
