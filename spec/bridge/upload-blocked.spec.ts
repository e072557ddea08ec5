/** A thread that blocks cannot read the source of its upload, and never waits for what takes that. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HostThread, startHost } from '../../lib/index.js'
import { neverAnswers } from '../kit/answer.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { startOrigin } from '../kit/origin.js'
import { Member } from './crew.js'
import { startReader } from './reading-origin.js'

let host: HostThread

test.before(async () => {
  host = await startHost()
})

test.after(() => host.close())

test('blocking on a request throws while its upload has a source, and the request goes on when the thread turns', async () => {
  await using origin = await startOrigin()
  await using cache = host.connect()
  origin.on('/upload', ({ body }) => ({ body: `got ${body}` })).on('/never', neverAnswers)
  async function* source() {
    yield Buffer.from('one')
    await new Promise((resolve) => setImmediate(resolve))
    yield Buffer.from(' two')
  }
  const pending = cache.send(origin.url('/upload'), { method: 'POST', body: source() })
  assert.is(thrownBy(() => pending.wait()).name, 'WouldDeadlockError')
  assert.is(thrownBy(() => cache.select([pending])).name, 'WouldDeadlockError')
  assert.is(await (await pending).text(), 'got one two')
})

test('a thread with an upload under way can block for another request', async () => {
  await using origin = await startOrigin()
  origin.on('/upload', ({ body }) => ({ body: `got ${body}` })).on('/other', { body: 'other' })
  const member = new Member(host, 'sends and blocks', { url: origin.base })
  assert.equal(await member.hears(), ['other', 'got all'])
  assert.is((await member.exited).code, 0)
})

test("blocking on an answer that takes the rest of the thread's own upload throws", async () => {
  await using origin = await startReader((request, response) => void request.pipe(response))
  await using cache = host.connect()
  const rest = new Barrier()
  async function* source() {
    yield Buffer.from('one')
    await rest.opened
    yield Buffer.from(' two')
  }
  const response = await cache.send(origin.url, { method: 'POST', body: source() })
  const text = response.text()
  assert.is(thrownBy(() => text.wait()).name, 'WouldDeadlockError')
  rest.open()
  assert.is(await text, 'one two')
})

test.run()
