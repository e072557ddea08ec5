/** Hooks are functions, generators or promises; each runs once at its place, and no more once nobody waits for it (semantics 9). */

import { type Operation, until } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHttpDate } from '../../lib/http/dates.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import type { CandidateResponse } from '../../lib/pending/candidate-response.js'
import type { Hooks } from '../../lib/pending/hooks.js'
import { isSendError, SendError } from '../../lib/pending/send-error.js'
import { ready } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { failureOf } from '../kit/failures.js'
import { heldBy } from '../kit/garbage.js'
import { refuses } from '../kit/refused.js'
import { GET, get, ok, setting, textOf } from './fixture.js'
import { FORMS } from './hook-forms.js'

/** An operation whose iterator has no `throw`, as one may be that no generator has made. */
function withoutThrow(operation: Operation<void>): Operation<void> {
  return {
    [Symbol.iterator]() {
      const steps = operation[Symbol.iterator]()
      return { next: (sent) => steps.next(sent) }
    },
  }
}

for (const [form, run] of FORMS) {
  test(`${form} as a hook edits what is sent and what is stored, and is called once`, async () => {
    const { host, request } = setting()
    host.script = () => ok('max-age=60', 'body', { 'x-origin': '1' })
    const calls: string[] = []
    const hooks: Hooks = {
      beforeSend: (edited) =>
        run(() => {
          calls.push('beforeSend')
          edited.headers.set('x-sent', '1')
        }),
      afterSend: (candidate) =>
        run(() => {
          calls.push('afterSend')
          candidate.headers.set('x-stored', '1')
          candidate.ttl = 5
        }),
    }
    const answer = await request({ hooks })
    assert.equal(host.sent[0]?.request.fields, [['x-sent', '1']])
    assert.ok(answer.head.fields.some(([name]) => name === 'x-stored'))
    await textOf(host, answer)
    const hit = await request({ hooks })
    assert.equal([hit.source, hit.object?.maxAgeMs], ['hit', 5000])
    await textOf(host, hit)
    assert.equal(calls, ['beforeSend', 'afterSend'])
    assert.is(host.held, 0)
  })

  for (const hook of ['beforeSend', 'afterSend'] as const) {
    test(`an error that ${form} throws in ${hook} is the cause of a Custom error, and all is given back`, async () => {
      const { host, request } = setting()
      host.script = () => ok('max-age=60')
      const mine = new Error('mine')
      const throwing = () =>
        run(() => {
          throw mine
        })
      const failure = await failureOf(request({ hooks: { [hook]: throwing } }))
      assert.ok(isSendError(failure))
      assert.equal([failure.code, failure.cause === mine], ['Custom', true])
      assert.is(host.sent.length, hook === 'beforeSend' ? 0 : 1)
      const { obligations, objects } = host.stats().transactions
      assert.equal([obligations, objects, host.held], [0, 0, 0])
    })
  }
}

test('a hook may return any value that is no work, and the value is ignored', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  for (const [at, result] of [5, 'text', true, null, {}, ['a', 'list'], { then: 'nothing' }].entries()) {
    const hooks = { beforeSend: () => result, afterSend: () => result } as unknown as Hooks
    const answer = await request({ request: { ...get(), url: `http://origin/${at}` }, hooks })
    assert.is(await textOf(host, answer), 'body')
  }
})

test('the error for a hook that throws names the backend of its request, or else the origin of its URL', async () => {
  const { request } = setting()
  const beforeSend = () => {
    throw new Error('mine')
  }
  for (const [backend, named] of [
    ['api', 'api'],
    [undefined, 'http://origin'],
  ]) {
    const failure = await failureOf(request({ backend, hooks: { beforeSend } }))
    assert.is((failure as SendError).backend, named)
  }
})

test('a thrown value that is no Error becomes the cause of a Custom error', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const failure = await failureOf(
    request({
      hooks: {
        beforeSend() {
          throw 'a word'
        },
      },
    }),
  )
  assert.equal([failure.code, failure.cause], ['Custom', 'a word'])
})

test('a SendError thrown in a hook is the cause of a Custom error, and not the failure of the request itself', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const other = new SendError('ConnectionRefused', { backend: 'another', request: GET })
  for (const hook of ['beforeSend', 'afterSend'] as const) {
    const failure = await failureOf(request({ hooks: { [hook]: () => Promise.reject(other) } }))
    assert.ok(isSendError(failure))
    assert.equal([failure.code, failure.cause === other, failure.backend === other.backend], ['Custom', true, false])
  }
})

test('a hook that waits keeps the obligation, and the waiters wait on', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const gate = new Barrier()
  const leader = request({ hooks: { beforeSend: () => gate.opened } })
  const waiter = request()
  assert.equal([leader.poll(), waiter.poll()], [{ ready: false }, { ready: false }])
  assert.equal([host.sent.length, host.stats().transactions.waiting], [0, 1])
  gate.open()
  assert.is(await textOf(host, await leader), 'body')
  assert.is(await textOf(host, await waiter), 'body')
  assert.is(host.sent.length, 1)
})

test('an answer grows older while its afterSend works, whatever of its age the hook has read before', async () => {
  for (const look of [() => {}, (candidate: CandidateResponse) => [candidate.age, candidate.ttl]]) {
    const { host, clock, request } = setting()
    host.script = () => ok('max-age=60', 'body', { date: formatHttpDate(clock.wallNow()) })
    const answer = await request({
      hooks: {
        afterSend(candidate) {
          look(candidate)
          clock.advance(20_000)
        },
      },
    })
    assert.equal([answer.object?.ageMs, answer.object?.maxAgeMs], [20_000, 60_000])
    await textOf(host, answer)
  }
})

test('a generator hook may catch the failure of what it waits for; an operation that cannot catch fails with it', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const failing = () => until(Promise.reject(new RangeError('no')))
  await textOf(
    host,
    await request({
      hooks: {
        *beforeSend({ headers }) {
          try {
            yield* failing()
          } catch (failure) {
            headers.set('x-caught', String(failure))
          }
        },
      },
    }),
  )
  assert.equal(host.sent[0]?.request.fields, [['x-caught', 'RangeError: no']])
  const cannot = { key: 'other', hooks: { beforeSend: () => withoutThrow(failing()) } }
  const failure = await failureOf(request(cannot))
  assert.instance(failure, SendError)
  assert.instance((failure as SendError).cause, RangeError)
  assert.is(host.held, 0)
})

test('a hook may send requests of its own', async () => {
  const { host, request } = setting()
  host.script = (nth) => ok('max-age=60', `answer ${nth}`)
  let token = ''
  const leader = request({
    hooks: {
      *beforeSend(edited) {
        const answer = yield* request({ request: { ...get(), url: 'http://origin/token' } })
        token = (yield* reading(answer.body as number)) ?? ''
        host.close(answer.body as number)
        edited.headers.set('x-token', token)
      },
    },
  })
  assert.is(await textOf(host, await leader), 'answer 2')
  assert.equal(host.sent[1]?.request.fields, [['x-token', 'answer 1']])

  function* reading(body: number): Operation<string> {
    yield* ready(body)
    return new TextDecoder().decode(host.read(body))
  }
})

test('beforeSend may set another valid URL, but no other method, and the answer is stored under the original URL', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const seen: unknown[] = []
  const answer = await request({
    override: { ttl: 5 },
    hooks: {
      beforeSend(edited) {
        seen.push(edited.method, edited.url, edited.cacheOverride)
        refuses(() => Object.assign(edited, { url: 'nowhere' }))
        assert.throws(() => Object.assign(edited, { url: 'ftp://origin/' }))
        assert.throws(() => Object.assign(edited, { cacheOverride: { ttl: -1 } }))
        assert.throws(() => Object.assign(edited, { method: 'POST' }), 'which would be passed over')
        assert.throws(() => Object.assign(edited, { headers: { a: '1' } }))
        edited.url = 'http://elsewhere/path'
      },
    },
  })
  assert.equal(seen, ['GET', 'http://origin/', { ttl: 5 }])
  assert.is(host.sent[0]?.request.url, 'http://elsewhere/path')
  await textOf(host, answer)
  const hit = await request()
  assert.is(hit.source, 'hit', 'stored under what was asked for')
  await textOf(host, hit)
})

test('a URL that beforeSend sets is refused if it cannot be requested, and is escaped as it is sent', async () => {
  const { host, request } = setting()
  host.script = () => ok('max-age=60')
  const seen: string[] = []
  const answer = await request({
    hooks: {
      beforeSend(edited) {
        for (const url of ['http:// /', 'http://user:secret@origin/', Object.create(null)])
          refuses(() => Object.assign(edited, { url }))
        edited.url = ' http://elsewhere/caf\u00e9 au lait?\u00fc#part'
        seen.push(edited.url)
      },
    },
  })
  assert.equal(seen, ['http://elsewhere/caf%C3%A9%20au%20lait?%C3%BC'])
  assert.is(host.sent[0]?.request.url, seen[0])
  await textOf(host, answer)
})

for (const [name, policy] of [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
] as const) {
  test(`${name}: a leader’s hook sees the suggested request and may add a range, whose 206 is not stored`, async () => {
    const { host, request } = setting(policy)
    host.script = () => ({
      head: { status: 206, statusText: '', fields: [['cache-control', 'max-age=60']] },
      body: 'bo',
    })
    const answer = await request({
      request: get({ range: 'bytes=1-2', accept: 'text/plain' }),
      hooks: {
        beforeSend(edited) {
          assert.equal([edited.headers.get('range'), edited.headers.get('accept')], [null, 'text/plain'])
          edited.headers.set('range', 'bytes=0-1')
        },
      },
    })
    assert.equal([answer.source, answer.head.status], ['uncached', 206])
    assert.is(host.sent[0]?.request.fields.find(([field]) => field === 'range')?.[1], 'bytes=0-1')
    await textOf(host, answer)
    assert.is(host.stats().transactions.objects, 0)
  })
}

test('a thread that only blocks, and so never returns to its event loop, holds no request of which the hooks have returned', () => {
  const { host, request } = setting()
  host.script = () => ok('no-store')
  const ask = () => {
    const large = new Array<number>(20_000).fill(0)
    const asked = request({ hooks: { beforeSend: () => void large.length, afterSend: () => void large.length } }).poll()
    if (asked.ready && asked.value.body !== undefined) host.close(asked.value.body)
    return asked.ready
  }
  const held = heldBy(() => {
    for (let nth = 0; nth < 50; nth++) assert.ok(ask())
  })
  assert.ok(held < 1_000_000, `${held} bytes are held`)
})

test.run()
