/** A guest keeps its event loop running for as long as the host may still bring it something it waits for. */

import { MessageChannel } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Addressee } from '../../../lib/bridge/guest/addressees.js'
import { Mailbox } from '../../../lib/bridge/guest/mailbox.js'
import { Life, lifeMemory } from '../../../lib/bridge/life.js'
import { Line, lineMemory } from '../../../lib/bridge/line/line.js'
import type { ToGuest, ToHost } from '../../../lib/bridge/line/protocol.js'
import { microtasks } from '../../scheduler/fixture.js'

const MOST_UNREAD = 1024 * 1024

const nobody: Addressee = { heard() {}, failed() {} }

/** The mailbox of a guest whose host is a bare line. */
function pair() {
  const { port1, port2 } = new MessageChannel()
  const memory = lineMemory()
  let loop: 'goes on' | 'may end' = 'may end'
  port1.ref = () => {
    loop = 'goes on'
  }
  port1.unref = () => {
    loop = 'may end'
  }
  const host = new Line<ToGuest, ToHost>(port2, memory, 'host')
  const mailbox = new Mailbox(new Line<ToHost, ToGuest>(port1, memory, 'guest'), new Life(lifeMemory()))
  return {
    host,
    mailbox,
    get loop() {
      return loop
    },
    [Symbol.dispose]() {
      mailbox.close()
      host.close()
    },
  }
}

test('the event loop goes on for whoever waits for an answer, and for nobody else', () => {
  using line = pair()
  assert.is(line.loop, 'may end')
  line.mailbox.expect(1, nobody)
  assert.is(line.loop, 'goes on')
  line.mailbox.forget(1)
  assert.is(line.loop, 'may end')
  line.mailbox.expectRevalidation(1, nobody)
  assert.is(line.loop, 'goes on')
  line.mailbox.forgetRevalidation(1)
  assert.is(line.loop, 'may end')
})

test('the event loop goes on for a body that waits for room on its way out, though its answer has come', async () => {
  using line = pair()
  async function* source() {
    yield new Uint8Array(MOST_UNREAD)
  }
  line.mailbox.expect(1, nobody)
  line.mailbox.upload(1, source(), (cause) => cause)
  await microtasks()
  line.host.send({ say: { is: 'pong', call: 1 } })
  line.mailbox.look()
  assert.is(line.loop, 'goes on')
  line.host.send({ say: { is: 'upload-credit', call: 1, bytes: MOST_UNREAD } })
  line.mailbox.look()
  await microtasks()
  assert.is(line.loop, 'may end')
})

test.run()
