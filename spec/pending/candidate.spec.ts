/** A candidate: each getter and setter, its units and ranges, and what makes its values be computed anew (semantics 7.1 to 7.3). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError } from '../../lib/base/errors.js'
import { STALE, USABLE_IF_ERROR } from '../../lib/cache/outcome.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { Candidate } from '../../lib/pending/candidate.js'
import { thrownBy } from '../kit/failures.js'
import { candidate, leaderCandidate } from './candidates.js'
import { GET, head, setting } from './fixture.js'

const fresh = () =>
  candidate(head({ 'cache-control': 'max-age=60, stale-while-revalidate=5, stale-if-error=7', age: '10' }))

test('age, maxAge, ttl and both stale windows are read from the headers, in seconds', () => {
  const { age, maxAge, ttl, staleWhileRevalidate, staleIfError } = fresh()
  assert.equal([age, maxAge, ttl, staleWhileRevalidate, staleIfError], [10, 60, 50, 5, 7])
})

test('a ttl never reads below 0', () => {
  assert.is(candidate(head({ 'cache-control': 'max-age=10', age: '100' })).ttl, 0)
})

test('a ttl that was set reads back, and maxAge is that ttl plus the age', () => {
  const given = fresh()
  given.ttl = 2.5
  assert.equal([given.ttl, given.maxAge, given.age], [2.5, 12.5, 10])
  given.ttl = 0
  assert.equal([given.ttl, given.maxAge], [0, 10])
})

test('ttl and stale windows take any number from 0, saturate at 2^32-1, and refuse anything else', () => {
  for (const name of ['ttl', 'staleWhileRevalidate', 'staleIfError'] as const) {
    const given = fresh()
    for (const value of [-1, Number.NaN, '5', null, undefined]) {
      const before = given[name]
      assert.instance(
        thrownBy(() => Object.assign(given, { [name]: value })),
        InvalidArgumentError,
        `${name} = ${String(value)}`,
      )
      assert.is(given[name], before)
    }
    given[name] = Number.POSITIVE_INFINITY
    assert.is(given[name], 2 ** 32 - 1)
    given[name] = 0
    assert.is(given[name], 0)
  }
})

test('age, maxAge, isStale, staleIfErrorAvailable and headers cannot be assigned', () => {
  const given = fresh()
  for (const name of ['age', 'maxAge', 'isStale', 'staleIfErrorAvailable', 'headers']) {
    assert.instance(
      thrownBy(() => Object.assign(given, { [name]: 1 })),
      TypeError,
      name,
    )
  }
})

test('status takes that of a final response, and a new status loses the reason phrase of the old', () => {
  const given = candidate({ ...head(), statusText: 'OK' })
  for (const status of [199, 600, 200.5, Number.NaN, '200']) {
    assert.instance(
      thrownBy(() => Object.assign(given, { status })),
      InvalidArgumentError,
    )
  }
  assert.equal([given.status, given.head().statusText], [200, 'OK'])
  for (const status of [200, 599]) given.status = status
  given.status = 404
  assert.equal([given.status, given.head().status, given.head().statusText], [404, 404, ''])
})

test('vary reads lower-case names from the header; set, it is a list of names and leaves the header alone', () => {
  const given = candidate(head({ 'cache-control': 'max-age=60', vary: 'Accept, X-A' }))
  assert.equal(given.vary, ['accept', 'x-a'])
  given.vary = ['X-B']
  assert.equal([given.vary, given.headers.get('vary')], [['x-b'], 'Accept, X-A'])
  assert.equal(given.writeOptions().varyNames, ['x-b'])
  for (const names of [['not a name'], [''], [5 as unknown as string]]) {
    assert.instance(
      thrownBy(() => {
        given.vary = names
      }),
      InvalidArgumentError,
    )
  }
  assert.equal(given.vary, ['x-b'])
  given.vary.push('x-c')
  assert.equal(given.vary, ['x-b'])
})

test('surrogate keys are those of URL, override and header, each once; setting them replaces them all', () => {
  const given = candidate(head({ 'surrogate-key': 'a b a' }), { override: { surrogateKey: 'b c' } })
  const [own, ...rest] = given.surrogateKeys
  assert.match(own as string, /^[0-9A-F]{64}$/)
  assert.equal(rest, ['b', 'c', 'a'])
  given.surrogateKeys = ['x', 'x', '', 'no good', 'é', 'k'.repeat(1025), 'y']
  assert.equal(given.surrogateKeys, ['x', 'y'])
})

test('surrogate keys that are no strings are refused, and nothing is set', () => {
  const given = candidate(head({ 'surrogate-key': 'a' }))
  const before = given.surrogateKeys
  for (const keys of ['a', [3], ['a', null]])
    assert.instance(
      thrownBy(() => Object.assign(given, { surrogateKeys: keys })),
      InvalidArgumentError,
    )
  assert.equal(given.surrogateKeys, before)
})

test('surrogate keys of several lines stay those keys when a hook looks at the headers, which joins the lines', () => {
  const fields = [...head({ 'surrogate-key': 'a b' }).fields, ['surrogate-key', 'c'] as const]
  const given = candidate({ ...head(), fields })
  given.headers.set('x-other', '1')
  const [, ...rest] = given.surrogateKeys
  assert.equal(rest, ['a', 'b', 'c'])
  given.headers.set('surrogate-key', 'd')
  assert.equal(given.surrogateKeys.slice(1), ['d'])
})

test('a stored object keeps the surrogate key of its URL whatever a hook sets, and its keys stay within 16 KiB', () => {
  const given = candidate(head())
  const [own] = given.surrogateKeys
  given.surrogateKeys = []
  assert.equal(given.writeOptions().surrogateKeys, [own])
  given.surrogateKeys = Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(1000, '-'))
  const { surrogateKeys } = given.writeOptions()
  assert.is(surrogateKeys[0], own)
  assert.ok(surrogateKeys.join(' ').length <= 16 * 1024)
  given.surrogateKeys = new Array<string>(200_000).fill('one')
  assert.equal(given.surrogateKeys, ['one'])
})

test('sensitive follows the override, and a hook can take it back', () => {
  assert.is(candidate(head()).sensitive, false)
  const given = candidate(head(), { override: { sensitive: true } })
  assert.is(given.sensitive, true)
  given.sensitive = false
  assert.equal([given.sensitive, given.writeOptions().sensitive], [false, false])
})

test('numbers of the override replace those of the headers, and numbers set by a hook replace both', () => {
  const override = { ttl: 5, staleWhileRevalidate: 0, staleIfError: 3 }
  const given = candidate(head({ 'cache-control': 'max-age=60, stale-while-revalidate=9', age: '10' }), { override })
  assert.equal([given.ttl, given.staleWhileRevalidate, given.staleIfError], [5, 0, 3])
  given.ttl = 1
  given.staleWhileRevalidate = 2
  const { maxAgeMs, initialAgeMs, staleWhileRevalidateMs, staleIfErrorMs } = given.writeOptions()
  assert.equal([maxAgeMs, initialAgeMs, staleWhileRevalidateMs, staleIfErrorMs], [11_000, 10_000, 2000, 3000])
})

test('after a header edit the values are computed anew, each time, and a value set by hand stays', () => {
  const given = fresh()
  assert.is(given.ttl, 50)
  given.staleIfError = 1
  given.headers.set('cache-control', 'max-age=20, stale-if-error=9')
  assert.equal([given.ttl, given.staleIfError, given.staleWhileRevalidate], [10, 1, 0])
  given.headers.delete('age')
  given.headers.append('vary', 'x-a')
  assert.equal([given.ttl, given.vary, given.writeOptions().maxAgeMs], [20, ['x-a'], 20_000])
})

test('the action is decided once, by the headers as the origin sent them', () => {
  const given = candidate(head({ 'cache-control': 'no-store' }))
  given.headers.set('cache-control', 'max-age=60')
  assert.is(given.action, 'record-uncacheable')
  const stored = candidate(head({ 'cache-control': 'max-age=60' }))
  stored.headers.set('cache-control', 'no-store')
  assert.is(stored.action, 'insert')
})

test('setCacheable and setUncacheable decide the action, and the last call wins', () => {
  const given = candidate(head({ 'cache-control': 'no-store' }))
  assert.is(given.isDecided, false)
  given.setCacheable()
  assert.is(given.action, 'insert')
  given.setUncacheable()
  assert.is(given.action, 'do-not-store')
  given.setUncacheable({ record: true })
  assert.equal([given.action, given.isDecided], ['record-uncacheable', true])
  given.setUncacheable({ record: false })
  given.setCacheable()
  assert.is(given.action, 'insert')
})

test('what only setCacheable has stored is stored without the fields that are private by name, which its caller gets', () => {
  const given = candidate(head({ 'cache-control': 'no-store, private="x-user"', 'x-user': 'me', 'x-page': '1' }))
  const names = () => given.head().fields.map(([name]) => name)
  assert.equal(names(), ['cache-control', 'x-user', 'x-page'])
  given.setCacheable()
  assert.equal(names(), ['cache-control', 'x-page'])
  assert.equal(given.requesterOnly, [['x-user', 'me']])
  given.setUncacheable()
  assert.equal(names(), ['cache-control', 'x-user', 'x-page'])
})

test('setUncacheable refuses an unknown option and a record that is no boolean, and decides nothing then', () => {
  const given = candidate(head({ 'cache-control': 'max-age=60' }))
  for (const options of [{ recorded: true }, { record: 1 }, { record: null }])
    assert.instance(
      thrownBy(() => given.setUncacheable(options as object)),
      InvalidArgumentError,
    )
  assert.equal([given.action, given.isDecided], ['insert', false])
})

test('isStale and staleIfErrorAvailable follow the flags of the lookup', () => {
  const { isStale, staleIfErrorAvailable } = candidate(head())
  assert.equal([isStale, staleIfErrorAvailable], [false, false])
  assert.is(candidate(head(), { state: STALE }).isStale, true)
  assert.is(candidate(head(), { state: USABLE_IF_ERROR }).staleIfErrorAvailable, true)
})

test('header edits are in the head that is stored, and the received head stays as it came', () => {
  const received = head({ 'x-a': '1' })
  const given = candidate(received)
  given.headers.set('x-a', '2')
  given.headers.append('set-cookie', 'a=1')
  given.headers.append('set-cookie', 'b=2')
  assert.equal(given.head().fields, [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x-a', '2'],
  ])
  assert.equal([given.received, received.fields], [received, [['x-a', '1']]])
})

test('a body transform that is no function is refused when it is set', () => {
  const given = fresh()
  assert.is(thrownBy(() => Object.assign(given, { bodyTransform: 5 })) instanceof InvalidArgumentError, true)
  given.bodyTransform = (chunks) => chunks
  given.bodyTransform = undefined
  assert.is(given.bodyTransform, undefined)
})

test('the length of a body is declared where it is known, and not once the body is transformed', () => {
  const { host } = setting()
  const unknown = leaderCandidate(setting().host, head())
  const entry = host.lookup(GET, {})
  const body = host.openBody({
    ready: true,
    length: 4,
    inHand: () => [Buffer.from('four')],
    read: () => undefined,
    onReady: () => () => {},
    trailers: () => [],
    cancel() {},
  })
  const given = new Candidate({
    host,
    entry,
    isHeld: () => true,
    head: head(),
    body,
    override: 'none',
    policy: rfc9111,
    state: 8,
  })
  assert.is(unknown.writeOptions().length, undefined)
  assert.is(candidate(head(), { text: 'all' }).writeOptions().length, 3)
  assert.is(given.writeOptions().length, 4)
  given.bodyTransform = (chunks) => chunks
  assert.is(given.writeOptions().length, undefined)
})

test('a vary of * is not stored, unless a hook says so, or the policy takes * for a name like any other', () => {
  const given = candidate(head({ 'cache-control': 'max-age=60' }))
  given.vary = ['accept', '*']
  assert.is(given.action, 'record-uncacheable')
  given.setCacheable()
  assert.is(given.action, 'insert')
  const ordinary = candidate(head({ 'cache-control': 'max-age=60' }), { policy: fastly })
  ordinary.vary = ['*']
  assert.is(ordinary.action, 'insert')
})

test.run()
