/** Another process shares no memory: connecting with a ticket fails there, and says what to use instead. */

import { fork, type Serializable } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startHost } from '../../lib/index.js'

const STRANGER = fileURLToPath(new URL('./stranger.js', import.meta.url))

interface Process extends NodeJS.EventEmitter {
  send(message: Serializable): boolean
}

async function answerOf(child: Process, ticket: unknown): Promise<{ name: string; message: string }> {
  await once(child, 'message')
  const answer = once(child, 'message')
  child.send(ticket as Serializable)
  const [told] = await answer
  await once(child, 'exit')
  return told
}

function assertTold({ name, message }: { name: string; message: string }): void {
  assert.is(name, 'InvalidArgumentError')
  assert.match(message, /lost its port/)
  assert.match(message, /cluster\s+worker or a child process/)
  assert.match(message, /a cache of its own, or put a proxy in front/)
}

test('connecting with a ticket in a child process fails, and says what to use instead', async () => {
  await using host = await startHost()
  const ticket = host.ticket()
  assertTold(await answerOf(fork(STRANGER) as Process, ticket))
  ticket.port.close()
})

test('connecting with a ticket in a worker of a cluster fails, and says what to use instead', async () => {
  await using host = await startHost()
  cluster.setupPrimary({ exec: STRANGER })
  const ticket = host.ticket()
  assertTold(await answerOf(cluster.fork() as unknown as Process, ticket))
  ticket.port.close()
})

test('a child process with advanced serialization cannot be sent a ticket at all', async () => {
  await using host = await startHost()
  const ticket = host.ticket()
  const child = fork(STRANGER, { serialization: 'advanced' })
  await once(child, 'message')
  assert.throws(
    () => child.send(ticket as unknown as Serializable),
    /could not be cloned|SharedArrayBuffer|Unserializable/,
  )
  ticket.port.close()
  child.kill()
  await once(child, 'exit')
})

test.run()
