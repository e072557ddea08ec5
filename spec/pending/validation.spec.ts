/** A candidate of a 304: what it is about, what it shows, and what becomes of one that is about nothing (semantics 7.1 to 7.3). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { Candidate } from '../../lib/pending/candidate.js'
import { candidate, validation } from './candidates.js'
import { GET, get, head, ok, setting } from './fixture.js'

test('of a 304 setCacheable is an update, whatever was decided before (7.2)', async () => {
  const given = await validation(head({ etag: '"1"' }, 304))
  assert.is(given.action, 'update')
  given.setUncacheable()
  assert.is(given.action, 'do-not-store')
  given.setCacheable()
  assert.is(given.action, 'update')
})

test('a 304 shows the stored head with its own fields in it, and what the lookup found', async () => {
  const given = await validation(head({ etag: '"1"', 'x-new': '1' }, 304))
  assert.equal([given.status, given.headers.get('x-new')], [200, '1'])
  assert.equal([given.isStale, given.staleIfErrorAvailable, given.isValidation], [true, true, true])
})

test('rfc9111: a 304 about something else is a failed fetch; fastly: it updates all the same', async () => {
  const other = head({ etag: '"2"' }, 304)
  const failure = await validation(other).then(
    () => undefined,
    (error: { code: string }) => error.code,
  )
  assert.is(failure, 'HttpProtocolError')
  assert.is((await validation(other, fastly)).action, 'update')
})

test('a 304 where nothing was to be validated is an answer that is not stored', () => {
  const given = candidate(head({ etag: '"1"' }, 304))
  assert.equal([given.action, given.status, given.isValidation], ['do-not-store', 304, false])
})

test('a 304 can only be about what has a validator: otherwise it is an answer that is not stored', async () => {
  const { host, clock, stored } = setting()
  await stored(ok('max-age=1'))
  clock.advance(2000)
  const entry = host.lookup(GET, {})
  const { body } = host.pipe()
  const received = head({ etag: '"1"' }, 304)
  const given = new Candidate({
    host,
    entry,
    head: received,
    body,
    override: 'none',
    policy: rfc9111,
    state: host.state(entry),
  })
  assert.equal([given.action, given.status, given.isValidation], ['do-not-store', 304, false])
})

test('a 304 is about something stale, be it past all windows; anything else is not, where nothing stale could be used', async () => {
  for (const policy of [rfc9111, fastly]) {
    assert.is((await validation(head({ etag: '"1"' }, 304), policy, '')).isStale, true)
    assert.is((await validation(head({ etag: '"2"' }), policy, '')).isStale, false)
  }
})

test('a 304 about something fresh, which the request wanted validated, is about nothing stale', async () => {
  const { host, stored } = setting()
  await stored(ok('max-age=60', 'old', { etag: '"1"' }))
  const entry = host.lookup(get({ 'cache-control': 'no-cache' }), {})
  const { body } = host.pipe()
  const received = head({ etag: '"1"' }, 304)
  const given = new Candidate({
    host,
    entry,
    head: received,
    body,
    override: 'none',
    policy: rfc9111,
    state: host.state(entry),
  })
  assert.equal([given.isValidation, given.isStale], [true, false])
})

test.run()
