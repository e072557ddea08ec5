/** A candidate of a 304: what it validates, what it shows, and what becomes of a 304 that validates nothing (semantics 7.1 to 7.3). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { candidate, leaderCandidate, validation } from './candidates.js'
import { get, head, ok, setting } from './fixture.js'

test('setCacheable on a 304 is an update, whatever was decided before (7.2)', async () => {
  const given = await validation(head({ etag: '"1"' }, 304))
  assert.is(given.action, 'update')
  given.setUncacheable()
  assert.is(given.action, 'do-not-store')
  given.setCacheable()
  assert.is(given.action, 'update')
})

test('a 304 shows the stored head with its own fields in it, and the flags of the lookup', async () => {
  const given = await validation(head({ etag: '"1"', 'x-new': '1' }, 304))
  assert.equal([given.status, given.headers.get('x-new')], [200, '1'])
  assert.equal([given.isStale, given.staleIfErrorAvailable, given.isValidation], [true, true, true])
})

test('rfc9111: a 304 for another validator is a failed fetch; fastly: it updates all the same', async () => {
  const other = head({ etag: '"2"' }, 304)
  const failure = await validation(other).then(
    () => undefined,
    (error: { code: string }) => error.code,
  )
  assert.is(failure, 'HttpProtocolError')
  assert.is((await validation(other, fastly)).action, 'update')
})

test('a 304 where the lookup found nothing to validate is an answer that is not stored', () => {
  const given = candidate(head({ etag: '"1"' }, 304))
  assert.equal([given.action, given.status, given.isValidation], ['do-not-store', 304, false])
})

test('a 304 for an object without a validator is an answer that is not stored', async () => {
  const { host, clock, stored } = setting()
  await stored(ok('max-age=1'))
  clock.advance(2000)
  const given = leaderCandidate(host, head({ etag: '"1"' }, 304))
  assert.equal([given.action, given.status, given.isValidation], ['do-not-store', 304, false])
})

test('a 304 for a stale object shows isStale, also past all windows; a 200 does not, where no stale object could be used', async () => {
  for (const policy of [rfc9111, fastly]) {
    assert.is((await validation(head({ etag: '"1"' }, 304), policy, '')).isStale, true)
    assert.is((await validation(head({ etag: '"2"' }), policy, '')).isStale, false)
  }
})

test('a 304 for a fresh object that the request wanted validated does not show isStale', async () => {
  const { host, stored } = setting()
  await stored(ok('max-age=60', 'old', { etag: '"1"' }))
  const given = leaderCandidate(host, head({ etag: '"1"' }, 304), { request: get({ 'cache-control': 'no-cache' }) })
  assert.equal([given.isValidation, given.isStale], [true, false])
})

test.run()
