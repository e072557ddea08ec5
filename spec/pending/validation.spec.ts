/** A candidate of a 304: what it validates, what it shows, and what becomes of a 304 that validates nothing (semantics 7.1 to 7.3). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheKeyHex } from '../../lib/http/key.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { candidate, leaderCandidate, validation } from './candidates.js'
import { GET, get, head, ok, setting } from './fixture.js'

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

const BY_A = { vary: 'x-a', 'surrogate-key': 'header' }

/** A candidate for a 304, or what else the origin answers, of what was stored with `fields`, after a hook had set more than they say. */
async function hookedThen(
  fields: Readonly<Record<string, string>>,
  received: Readonly<Record<string, string>> = {},
  status = 304,
) {
  const { host, clock, stored } = setting()
  await stored(ok('max-age=1', 'old', { etag: '"1"', ...fields }), {
    override: { surrogateKey: 'override' },
    hooks: {
      afterSend(given) {
        given.vary = [...given.vary, 'x-hook']
        given.surrogateKeys = [...given.surrogateKeys, 'hook']
        given.sensitive = true
      },
    },
  })
  clock.advance(2000)
  return leaderCandidate(host, head({ etag: '"1"', ...received }, status))
}

for (const fields of [{}, BY_A] as const)
  for (const received of [{}, fields] as const)
    test('4.1-4: what a hook set beyond the fields stays, where a 304 does not change those fields', async () => {
      const given = await hookedThen(fields, received)
      const named = 'vary' in fields
      assert.equal(given.vary, [...(named ? ['x-a'] : []), 'x-hook'].sort())
      const keys = [cacheKeyHex(GET.url), 'override', ...(named ? ['header'] : []), 'hook']
      assert.equal(given.surrogateKeys, keys)
      assert.ok(given.sensitive)
      const { varyNames, surrogateKeys, sensitive } = given.writeOptions()
      assert.equal([varyNames, surrogateKeys, sensitive], [given.vary, keys, true])
    })

test('where a 304 changes Vary or Surrogate-Key, those count, and what was set beyond them is forgotten', async () => {
  const given = await hookedThen(BY_A, { vary: 'x-b', 'surrogate-key': 'other' })
  assert.equal([given.vary, given.surrogateKeys], [['x-b'], [cacheKeyHex(GET.url), 'other']])
})

test('a 200 keeps nothing of what a hook set for the object that it replaces', async () => {
  const { varyNames, surrogateKeys, sensitive } = (await hookedThen({}, {}, 200)).writeOptions()
  assert.equal([varyNames, surrogateKeys, sensitive], [[], [cacheKeyHex(GET.url)], false])
})

test('the hook of a 304 sees what was set before, and replaces it', async () => {
  const given = await hookedThen({})
  given.vary = ['x-c']
  given.surrogateKeys = ['mine']
  given.sensitive = false
  const { varyNames, surrogateKeys, sensitive } = given.writeOptions()
  assert.equal([varyNames, surrogateKeys, sensitive], [['x-c'], [cacheKeyHex(GET.url), 'mine'], false])
  const edited = await hookedThen({})
  edited.headers.set('vary', 'x-edited')
  assert.equal(edited.vary, ['x-edited'])
})

test('a part that completes a stored one keeps what a hook set beyond the fields of that', async () => {
  const { host, stored } = setting()
  const part = (range: string) => head({ 'cache-control': 'max-age=60', etag: '"1"', 'content-range': range }, 206)
  await stored(
    { head: part('bytes 0-4/10'), body: '01234' },
    {
      request: get({ range: 'bytes=0-4' }),
      hooks: {
        afterSend(given) {
          given.vary = ['x-hook']
          given.surrogateKeys = ['hook']
          given.sensitive = true
        },
      },
    },
  )
  const { varyNames, surrogateKeys, sensitive } = leaderCandidate(host, part('bytes 5-9/10')).writeOptions()
  assert.equal([varyNames, surrogateKeys, sensitive], [['x-hook'], [cacheKeyHex(GET.url), 'hook'], true])
})

test('a 304 for a fresh object that the request wanted validated does not show isStale', async () => {
  const { host, stored } = setting()
  await stored(ok('max-age=60', 'old', { etag: '"1"' }))
  const given = leaderCandidate(host, head({ etag: '"1"' }, 304), { request: get({ 'cache-control': 'no-cache' }) })
  assert.equal([given.isValidation, given.isStale], [true, false])
})

test.run()
