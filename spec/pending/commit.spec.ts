/** What becomes of a candidate, in the foreground or in the background; no body is left open, whatever happens (semantics 7.4, 7.5). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { BadHandleError } from '../../lib/base/errors.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import type { CandidateResponse } from '../../lib/pending/candidate-response.js'
import type { Pending } from '../../lib/scheduler/index.js'
import { failureOf } from '../kit/failures.js'
import { get, head, ok, type Said, setting, textOf } from './fixture.js'

const SWR = 'max-age=1, stale-while-revalidate=60'
const NOT_MODIFIED: Said = { head: head({ etag: '"1"', 'cache-control': SWR, 'x-new': '1' }, 304) }

const transforming = (candidate: CandidateResponse) => {
  candidate.bodyTransform = (chunks) => chunks
}

for (const [name, policy] of [
  ['rfc9111', rfc9111],
  ['fastly', fastly],
] as const) {
  test(`${name}: an insert is read back as fetched, not cached, with the numbers it was stored with`, async () => {
    const { host, request } = setting(policy)
    host.script = () => ok('max-age=60', 'body', { vary: 'x-a', age: '5' })
    const answer = await request()
    const { source, object, forwardStatus, lookup } = answer
    assert.equal([source, forwardStatus, lookup?.forward, lookup?.collapsed], ['insert', 200, 'uri-miss', false])
    assert.equal([object?.maxAgeMs, object?.ageMs, object?.hits, object?.varyNames], [60_000, 5000, 0, ['x-a']])
    assert.is(await textOf(host, answer), 'body')
    assert.is(host.held, 0)
  })

  test(`${name}: an update gives the stored body under the merged head`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok('max-age=1', 'old', { etag: '"1"' }))
    clock.advance(5000)
    host.script = () => NOT_MODIFIED
    const answer = await request()
    assert.equal([answer.source, answer.head.status, answer.forwardStatus], ['update', 200, 304])
    assert.ok(answer.head.fields.some(([field]) => field === 'x-new'))
    assert.is(await textOf(host, answer), 'old')
    assert.is(host.held, 0)
  })

  test(`${name}: a declined answer goes to its caller as it came, and has no object`, async () => {
    for (const said of [ok('private', 'secret'), { head: head({}, 500), body: 'secret' }]) {
      const { host, request } = setting(policy)
      host.script = () => said
      const answer = await request()
      assert.equal([answer.source, answer.object, await textOf(host, answer)], ['uncached', undefined, 'secret'])
      assert.is(host.stats().transactions.objects, 0)
      assert.is(host.held, 0)
    }
  })

  test(`${name}: a mark lives for at least one second`, async () => {
    const { host, clock, request } = setting(policy)
    host.script = () => ok('private, max-age=0')
    await textOf(host, await request())
    clock.advance(999)
    assert.is(host.stats().transactions.markers, 1)
    const [one, two] = [request(), request()]
    one.poll()
    two.poll()
    assert.is(host.stats().transactions.waiting, 0)
    await textOf(host, await one)
    await textOf(host, await two)
  })

  test(`${name}: a mark lives as long as markerSeconds of the policy says`, async () => {
    const lifetimeMs = 1000 * (policy.markerSeconds === 'freshness' ? 5 : policy.markerSeconds)
    for (const [afterMs, waiting] of [
      [lifetimeMs - 1, 0],
      [lifetimeMs, 1],
    ] as const) {
      const { host, clock, request } = setting(policy)
      host.script = (nth) => (nth === 1 ? ok('private, max-age=5') : undefined)
      await textOf(host, await request())
      clock.advance(afterMs)
      const asked = [request(), request()]
      for (const each of asked) each.poll()
      assert.is(host.stats().transactions.waiting, waiting)
      for (const each of asked) each.cancel()
      assert.is(host.held, 0)
    }
  })

  test(`${name}: a 304 that a hook declines still gives the stored body, and leaves the object as it is`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok('max-age=1', 'old', { etag: '"1"' }))
    clock.advance(5000)
    host.script = () => NOT_MODIFIED
    const answer = await request({ hooks: { afterSend: (candidate) => candidate.setUncacheable() } })
    assert.equal([answer.source, answer.head.status, await textOf(host, answer)], ['uncached', 200, 'old'])
    assert.is(answer.forwardStatus, 304)
    assert.is(host.stats().transactions.objects, 1)
    assert.is(host.held, 0)
  })

  test(`${name}: a commit that the host refuses leaves no body open, in the foreground or in the background`, async () => {
    const refuse = () => {
      throw new BadHandleError(0, 'refused')
    }
    // A `BadHandleError` in the background means an object that was purged meanwhile, and is no failure there.
    const fail = () => {
      throw new Error('refused')
    }
    const cases = [
      ['insertAndStreamBack', ok('max-age=60', 'new')],
      ['recordNotCacheable', ok('private', 'new')],
      ['abandon', { head: head({}, 500), body: 'new' }],
      ['updateAndReturnFresh', NOT_MODIFIED],
      ['abandon', NOT_MODIFIED, { afterSend: (candidate: CandidateResponse) => candidate.setUncacheable() }],
    ] as const
    for (const [call, said, hooks = {}] of cases) {
      const { host, clock, request, stored } = setting(policy)
      await stored(ok('max-age=1', 'old', { etag: '"1"' }))
      clock.advance(5000)
      host.script = () => said
      Object.assign(host, { [call]: refuse })
      assert.instance(await failureOf(request({ hooks })), BadHandleError, call)
      assert.equal([host.held, host.stats().transactions.obligations], [0, 0], call)
    }
    for (const [call, said] of [
      ['insertAndStreamBack', cases[0][1]],
      cases[1],
      cases[2],
      ['update', NOT_MODIFIED],
    ] as const) {
      const { host, clock, request, stored } = setting(policy)
      await stored(ok(SWR, 'old', { etag: '"1"' }))
      clock.advance(5000)
      host.script = () => said
      Object.assign(host, { [call]: fail })
      const answer = await request()
      assert.is(await textOf(host, answer), 'old')
      await failureOf(answer.revalidation as PromiseLike<void>)
      assert.equal([host.held, host.stats().transactions.obligations], [0, 0], call)
    }
  })

  test(`${name}: the answer to a background fetch is stored whole, though nobody reads it`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok(SWR, 'old'))
    clock.advance(5000)
    host.script = () => ok('max-age=60', 'new')
    const answer = await request()
    assert.equal([answer.source, await textOf(host, answer)], ['stale', 'old'])
    await answer.revalidation
    const hit = await request()
    assert.equal([hit.source, await textOf(host, hit), host.held], ['hit', 'new', 0])
  })

  test(`${name}: a background fetch is done when all of its answer is stored, whatever range the request asked for`, async () => {
    const { host, clock, request, stored } = setting(policy)
    await stored(ok(SWR, 'old'))
    clock.advance(5000)
    host.script = () => ({ ...(ok('max-age=60', 'new') as object), end: 'later' }) as Said
    const answer = await request({ request: get({ range: 'bytes=0-0' }) })
    await textOf(host, answer)
    const revalidation = answer.revalidation as Pending<void>
    assert.is(revalidation.poll().ready, false)
    for (const writer of host.open) host.finish(writer)
    await revalidation
    assert.is(host.held, 0)
  })

  test(`${name}: in the background a declined answer leaves the stale object, and a mark replaces it`, async () => {
    for (const [said, objects] of [
      [{ head: head({}, 500), body: 'no' }, 1],
      [ok('private', 'no'), 0],
    ] as const) {
      const { host, clock, request, stored } = setting(policy)
      await stored(ok(SWR, 'old'))
      clock.advance(5000)
      host.script = () => said
      const answer = await request()
      await textOf(host, answer)
      await answer.revalidation
      const { obligations, objects: left } = host.stats().transactions
      assert.equal([left, obligations, host.held], [objects, 0, 0])
    }
  })
}

test('rfc9111: the leader’s own answer is adapted to its range as a hit would be; fastly: it is whole', async () => {
  const asked = { request: get({ range: 'bytes=1-2' }) }
  for (const [policy, expected] of [
    [rfc9111, 'bc'],
    [fastly, 'abcd'],
  ] as const) {
    const { host, request } = setting(policy)
    host.script = () => ({ head: head({ 'cache-control': 'max-age=60', 'content-length': '4' }), body: 'abcd' })
    assert.is(await textOf(host, await request(asked)), expected)
  }
})

test('a transformed body loses the header fields that described the bytes of the original', async () => {
  const { host, request } = setting()
  const digests = { 'content-length': '4', 'content-md5': 'x', digest: 'x', 'content-digest': 'x', 'repr-digest': 'x' }
  host.script = () => ok('max-age=60', 'body', { ...digests, etag: '"1"' })
  const answer = await request({ hooks: { afterSend: transforming } })
  const names = answer.head.fields.map(([field]) => field)
  assert.not.ok(names.some((field) => Object.hasOwn(digests, field)))
  assert.ok(names.includes('etag'))
  assert.is(await textOf(host, answer), 'body')
})

test('an answer that is not stored is transformed for its caller all the same', async () => {
  const { host, request } = setting()
  host.script = () => ok('no-store', 'body', { 'content-length': '4' })
  const afterSend = (candidate: CandidateResponse) => {
    candidate.bodyTransform = async function* (chunks) {
      yield* chunks
      yield Buffer.from(', and more')
    }
  }
  const answer = await request({ hooks: { afterSend } })
  assert.equal([answer.source, answer.head.fields], ['uncached', [['cache-control', 'no-store']]])
  assert.is(await textOf(host, answer), 'body, and more')
  assert.is(host.held, 0)
})

test.run()
