/** A fed socket passes on what is written and read at once and in order: nothing waits in between, and nothing overtakes. */

import { once } from 'node:events'
import { type IncomingMessage, Server } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FedSocket } from '../../lib/proxy/fed-socket.js'

interface Both extends AsyncDisposable {
  readonly fed: FedSocket
  readonly client: Socket
}

async function both(Made = FedSocket): Promise<Both> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown]
  return {
    fed: new Made(socket),
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

test('corked writes are held back together, and sent when uncorked, before anything else can happen', async () => {
  await using pair = await both()
  const { fed } = pair
  fed.cork()
  fed.write('one', 'latin1')
  fed.write(Buffer.from('two'))
  assert.equal([fed.writableCorked, fed.writableLength, fed.socket.bytesWritten], [1, 6, 6])
  fed.uncork()
  assert.equal([fed.writableCorked, fed.writableLength], [0, 0])
})

test('pieces arrive in the order they were written, the last of them given to `end`', async () => {
  await using pair = await both()
  const { fed, client } = pair
  let told = 0
  fed.write('one ')
  fed.write('two ', () => told++)
  fed.cork()
  fed.write('three ', 'latin1', () => told++)
  fed.uncork()
  fed.end('four')
  assert.is(await textOf(client), 'one two three four')
  assert.ok(fed.writableFinished)
  assert.is(told, 2)
})

test('a writer that writes more than there is room for is told so, and told when there is room again', async () => {
  await using pair = await both()
  const { fed, client } = pair
  const chunk = Buffer.alloc(1024 * 1024)
  client.pause()
  while (fed.write(chunk) || fed.socket.writableLength === 0);
  assert.ok(fed.writableNeedDrain)
  assert.ok(fed.writableLength > 0)
  client.resume()
  await once(fed, 'drain')
  assert.not(fed.writableNeedDrain)
})

class Fed extends FedSocket {
  constructor(socket: Socket) {
    super(socket)
    socket.on('data', (octets) => this.feed(octets))
  }
}

test('unread octets are taken from the client only as far as there is room, and none is lost', async () => {
  await using pair = await both(Fed)
  const { fed, client } = pair
  const sent = 4 * 1024 * 1024
  client.end(Buffer.alloc(sent))
  while (!fed.socket.isPaused() && fed.readableLength < sent) await turn()
  assert.ok(fed.readableLength < sent / 8, String(fed.readableLength))
  let received = 0
  for await (const chunk of fed) received += (chunk as Buffer).byteLength
  assert.is(received, sent)
})

test('few of the chunks of a request that nobody reads are parsed, however small they are, and none is lost', async () => {
  await using pair = await both(Fed)
  const { fed, client } = pair
  const parser = new Server()
  parser.emit('connection', fed)
  client.write('POST / HTTP/1.1\r\nHost: proxy\r\nTransfer-Encoding: chunked\r\n\r\n')
  const [request] = (await once(parser, 'request')) as [IncomingMessage]
  const sent = 200_000
  client.end(`${'1\r\nx\r\n'.repeat(sent)}0\r\n\r\n`)
  while (!fed.socket.isPaused()) await turn()
  assert.ok(request.readableLength < 20_000, String(request.readableLength))
  let received = 0
  for await (const chunk of request) received += (chunk as Buffer).byteLength
  assert.is(received, sent)
})

test('a write on a closed connection fails, and emits no unhandled error', async () => {
  await using pair = await both()
  const { fed, client } = pair
  client.destroy()
  fed.resume()
  await once(fed, 'close')
  const failure = await new Promise((resolve) => fed.write('late', resolve))
  assert.instance(failure, Error)
})

test.run()
