import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Barrier } from '../kit/barrier.js'
import { get, parse, serving, valuesOf } from './fixture.js'

test('close lets requests under way finish, ends idle connections, and takes no new ones', async () => {
  await using served = await serving()
  const held = served.origin.hold('/')
  served.origin.on('/', { body: 'hello' }).on('/idle', { body: 'idle' })
  const [busy, idle] = [await served.client(), await served.client()]
  idle.write(get('/idle'))
  await idle.until('idle')
  busy.write(get('/'))
  await served.origin.arrived('/')
  const closed = served.proxy.close()
  await idle.rest()
  held.open()
  assert.match(await busy.rest(), /hello$/)
  await closed
  assert.is(served.proxy.stats().connections, 0)
  const refused = await served.client().catch(() => 'refused')
  assert.is(refused, 'refused')
})

test('a connection on which nothing has come does not hold up the end', async () => {
  await using served = await serving()
  const silent = await served.client()
  await served.exchange(get('/'))
  assert.is(served.proxy.stats().connections, 1)
  await served.proxy.close({ drainMs: Number.POSITIVE_INFINITY })
  assert.is(await silent.rest(), '')
})

test('a request that comes while draining, on a connection that was busy, is told that it is the last', async () => {
  await using served = await serving()
  const rest = new Barrier()
  served.origin.on('/', { headers: { 'Cache-Control': 'no-store' }, body: ['one', rest, 'two'] })
  served.origin.on('/next', { body: 'next' })
  const client = await served.client()
  client.write(get('/'))
  await client.until('one')
  const closed = served.proxy.close()
  client.write(get('/next'))
  await served.origin.arrived('/next')
  rest.open()
  const answers = await client.rest()
  const last = parse(answers.slice(answers.lastIndexOf('HTTP/1.1')))
  assert.equal([last.body, valuesOf(last.lines, 'connection')], ['next', ['close']])
  await closed
})

test('what has not finished when the drain is over is ended', async () => {
  await using served = await serving()
  served.origin.hold('/')
  const client = await served.client()
  client.write(get('/'))
  await served.origin.arrived('/')
  await served.proxy.close({ drainMs: 10 })
  assert.is(await client.rest(), '')
})

test('a closed proxy does not listen again, and closing twice is closing once', async () => {
  await using served = await serving()
  await Promise.all([served.proxy.close(), served.proxy.close()])
  assert.throws(() => served.proxy.listen(), /closed/)
})

test.run()
