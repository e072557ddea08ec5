/** One pending request, step by step: what it holds, what it gives back, and which error it ends in (semantics 2). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import { fastly, resolvePolicy, rfc9111 } from '../../lib/http/policy.js'
import type { BackendRequest } from '../../lib/pending/backend-request.js'
import type { SendError } from '../../lib/pending/send-error.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { get, head, ok, setting, textOf } from './fixture.js'

const BOTH = [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
] as const
const SIE = 'max-age=1, stale-if-error=60'

for (const [name, policy] of BOTH) {
  test(`${name}: T06 where the origin answers at once, the first poll runs to the end, with one send`, async () => {
    const { host, request } = setting(policy)
    host.script = () => ok('max-age=60')
    const polled = request().poll()
    assert.is(polled.ready, true)
    assert.is(host.sent.length, 1)
    if (polled.ready) {
      assert.is(polled.value.source, 'insert')
      assert.is(await textOf(host, polled.value), 'body')
    }
    assert.is(host.held, 0)
  })

  test(`${name}: 2.9-9 a poll that is not ready has left nothing to do, and its wait handle tells when there is more`, async () => {
    const { host, request, scheduler } = setting(policy)
    const pending = request()
    assert.equal(pending.poll(), { ready: false })
    assert.is(host.sent.length, 1)
    assert.is(scheduler.isReady(pending.waitHandle), false)
    assert.equal(pending.poll(), { ready: false })
    assert.is(host.sent.length, 1)
    host.answer(1, ok('max-age=60'))
    assert.is(scheduler.isReady(pending.waitHandle), true)
    await textOf(host, await pending)
  })

  test(`${name}: T54 if no stale answer can be chosen after all, the caller gets the failure of the fetch`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok(SIE, 'old'))
    clock.advance(2000)
    host.script = () => 'ConnectionRefused'
    const refusal = new BadHandleError(0)
    const refuse = () => {
      throw refusal
    }
    for (const call of ['chooseStale', 'found'] as const) {
      const original = host[call]
      Object.assign(host, { [call]: refuse })
      const failure = (await failureOf(request())) as SendError
      assert.equal([failure.code, failure.suppressed], ['ConnectionRefused', refusal], call)
      Object.assign(host, { [call]: original })
      const { obligations, waiting } = host.stats().transactions
      assert.equal([obligations, waiting, host.held], [0, 0, 0])
    }
  })

  test(`${name}: T22 waiting for a waiter drives its leader`, async () => {
    const { host, request } = setting(policy)
    const [leader, waiter] = [request(), request()]
    leader.poll()
    assert.equal(waiter.poll(), { ready: false })
    host.answer(1, ok('max-age=60'))
    assert.is(await textOf(host, waiter.wait()), 'body')
    assert.equal([await textOf(host, leader.wait()), host.sent.length], ['body', 1])
    assert.is(host.held, 0)
  })

  test(`${name}: T56 a failed commit fails the request though a stale answer is there, and gives the obligation back`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok(SIE, 'old'))
    clock.advance(2000)
    host.script = () => ok('max-age=60', 'new')
    host.insertAndStreamBack = () => {
      throw new BadHandleError(0, 'refused')
    }
    assert.instance(await failureOf(request()), BadHandleError)
    const { obligations, objects } = host.stats().transactions
    assert.equal([obligations, objects, host.held], [0, 1, 0])
  })

  test(`${name}: Q40 an insert that cannot be read back fails the leader, and stays stored for others`, async () => {
    const { host, request } = setting(policy)
    host.script = () => ok('max-age=60', 'new')
    const { found } = host
    host.found = () => undefined
    const failure = await failureOf<SendError>(request())
    assert.equal([failure.code, failure.blame], ['InternalError', 'bug'])
    host.found = found
    const answer = await request()
    assert.equal([answer.source, await textOf(host, answer), host.sent.length], ['hit', 'new', 1])
    assert.is(host.held, 0)
  })

  test(`${name}: 2.8 a leader or waiter that is cancelled gives back all it holds`, async () => {
    const { host, request } = setting(policy)
    const [leader, waiter] = [request(), request()]
    leader.poll()
    waiter.poll()
    assert.is(host.stats().transactions.waiting, 1)
    waiter.cancel()
    assert.is(host.stats().transactions.waiting, 0)
    leader.cancel()
    assert.is(host.stats().transactions.obligations, 0)
    assert.is(host.stats().handles, 1, 'the writer that stands for the origin')
  })

  test(`${name}: A5 a request that is cancelled in the hook of its background fetch gives back its stale answer`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok('max-age=1, stale-while-revalidate=60', 'old'))
    clock.advance(2000)
    const gate = new Barrier()
    const pending = request({ hooks: { beforeSend: () => gate.opened } })
    assert.equal(pending.poll(), { ready: false })
    pending.cancel()
    gate.open()
    await failureOf(pending)
    assert.equal([host.held, host.stats().transactions.obligations, host.sent.length], [0, 0, 1])
  })

  test(`${name}: a send that fails at once fails the leader and gives the obligation back`, async () => {
    const { host, request } = setting(policy)
    host.send = () => {
      throw new Error('out of sockets')
    }
    const failure = await failureOf<SendError>(request())
    assert.equal([failure.code, failure.blame], ['InternalError', 'bug'])
    assert.is(host.stats().transactions.obligations, 0)
    assert.is(host.held, 0)
  })

  test(`${name}: a failure that no hook has caused is never taken for a hook's, whether a stale answer may hide it or not`, async () => {
    for (const control of ['max-age=1', SIE]) {
      const { host, clock, request, stored } = setting(policy)
      await stored(ok(control, 'old'))
      clock.advance(2000)
      host.script = () => ok('max-age=60', 'new')
      host.receive = () => {
        throw new Error('nobody knows why')
      }
      const seen =
        control === SIE
          ? (await request()).maskedError
          : await failureOf<SendError>(request({ hooks: { afterSend() {} } }))
      assert.equal([seen?.code, seen?.blame], ['InternalError', 'bug'])
    }
  })
}

test('rfc9111: only-if-cached is answered by 504 where nothing stored can answer it, and sends nothing', async () => {
  const { host, request, stored } = setting()
  const only = { request: get({ 'cache-control': 'only-if-cached' }) }
  const answer = await request(only)
  assert.equal([answer.source, answer.head.status, answer.body, host.sent.length], ['refused', 504, undefined, 0])
  assert.is(host.stats().transactions.obligations, 0)
  await stored(ok('max-age=60'))
  const hit = await request(only)
  assert.equal([hit.source, await textOf(host, hit)], ['hit', 'body'])
})

test('rfc9111: only-if-cached takes a stale answer within stale-while-revalidate, and sends nothing', async () => {
  const { host, clock, request, stored } = setting()
  await stored(ok('max-age=1, stale-while-revalidate=60'))
  clock.advance(2000)
  const before = host.sent.length
  const answer = await request({ request: get({ 'cache-control': 'only-if-cached' }) })
  assert.equal([answer.source, await textOf(host, answer), host.sent.length - before], ['stale', 'body', 0])
  assert.is(host.stats().transactions.obligations, 0)
})

test('fastly: only-if-cached in the request headers is ignored', async () => {
  const { host, request } = setting(fastly)
  host.script = () => ok('max-age=60')
  const answer = await request({ request: get({ 'cache-control': 'only-if-cached' }) })
  assert.is(answer.source, 'insert')
  await textOf(host, answer)
})

test('fastly: only-if-cached demanded by the program is answered by 504 on a mark, and sends nothing', async () => {
  const { host, request, stored } = setting(fastly)
  await stored(ok('private'))
  const answer = await request({ request: { ...get(), demands: 'only-if-cached' } })
  assert.equal([answer.source, answer.head.status, host.sent.length], ['refused', 504, 1])
  assert.is(host.held, 0)
})

test('fastly: A10 on a mark the original request is sent, with its own conditions and range', async () => {
  const { host, request, stored } = setting(fastly)
  await stored(ok('private'))
  host.script = () => ok('private')
  const answer = await request({ request: get({ range: 'bytes=0-1', 'if-none-match': '"1"' }) })
  assert.is(answer.source, 'direct')
  assert.equal(host.sent[1]?.request.fields, [
    ['range', 'bytes=0-1'],
    ['if-none-match', '"1"'],
  ])
  await textOf(host, answer)
  assert.is(host.held, 0)
})

for (const [second, outcome] of [
  [ok('max-age=60', 'new', { etag: '"2"' }), 'new'],
  [{ head: head({ etag: '"2"' }, 304) }, 'HttpProtocolError'],
] as const) {
  test(`mismatchedValidator refetch: a 304 for another tag is fetched again once, unconditionally, and gives ${outcome}`, async () => {
    const { host, clock, request, stored } = setting(resolvePolicy({ mismatchedValidator: 'refetch' }))
    await stored(ok('max-age=1', 'old', { etag: '"1"' }))
    clock.advance(2000)
    host.script = (nth) => (nth === 2 ? { head: head({ etag: '"2"' }, 304) } : second)
    const given = await request().then(
      (answer) => textOf(host, answer),
      (failure) => failure.code,
    )
    assert.is(given, outcome)
    assert.equal(
      host.sent.map(({ request }) => request.fields.some(([name]) => name === 'if-none-match')),
      [false, true, false],
    )
    assert.is(host.held, 0)
  })
}

for (const [stored304, validator, tag] of [
  ['a weak tag that the 304 gives as a strong one', { etag: 'W/"1"' }, '"1"'],
  ['a date, where the 304 gives a tag', { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, '"1"'],
] as const) {
  test(`a 304 that can neither update nor be refuted is fetched again once, unconditionally: ${stored304}`, async () => {
    const { host, clock, request, stored } = setting(rfc9111)
    await stored(ok('max-age=1', 'old', validator))
    clock.advance(2000)
    host.script = (nth) => (nth === 2 ? { head: head({ etag: tag }, 304) } : ok('max-age=60', 'new', validator))
    assert.is(await textOf(host, await request()), 'new')
    assert.is(host.sent.length, 3)
    assert.is(
      host.sent[2]?.request.fields.some(([name]) => name.startsWith('if-')),
      false,
    )
    assert.is(host.held, 0)
  })
}

test('a 304 for another tag fails, and is not fetched again', async () => {
  const { host, clock, request, stored } = setting(rfc9111)
  await stored(ok('max-age=1', 'old', { etag: '"1"' }))
  clock.advance(2000)
  host.script = () => ({ head: head({ etag: '"2"' }, 304) })
  assert.is(
    await request().then(
      () => 'answered',
      (failure) => failure.code,
    ),
    'HttpProtocolError',
  )
  assert.is(host.sent.length, 2)
})

test('mismatchedValidator refetch: a 304 for a tag that a hook has asked about, and that is not the stored one, is fetched again', async () => {
  const { host, clock, request, stored } = setting(resolvePolicy({ mismatchedValidator: 'refetch' }))
  await stored(ok('max-age=1', 'old', { etag: '"1"' }))
  clock.advance(2000)
  host.script = (nth) => (nth === 2 ? { head: head({ etag: '"2"' }, 304) } : ok('max-age=60', 'new'))
  const beforeSend = ({ headers }: BackendRequest) => void headers.set('if-none-match', '"2"')
  assert.is(await textOf(host, await request({ hooks: { beforeSend } })), 'new')
})

test('mismatchedValidator refetch: a 304 for the stored tag is not fetched again', async () => {
  const { host, clock, request, stored } = setting(resolvePolicy({ mismatchedValidator: 'refetch' }))
  await stored(ok('max-age=1', 'old', { etag: '"1"' }))
  clock.advance(2000)
  host.script = () => ({ head: head({ etag: '"1"' }, 304) })
  assert.is(await textOf(host, await request()), 'old')
  assert.is(host.sent.length, 2)
})

test.run()
