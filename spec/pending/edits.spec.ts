/** What a hook may edit, and that nothing can be edited once the hook is over. */

import type { Operation } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AlreadyFinishedError } from '../../lib/base/errors.js'
import type { BackendRequest } from '../../lib/pending/backend-request.js'
import type { CandidateResponse } from '../../lib/pending/candidate-response.js'
import type { HookResult, Hooks } from '../../lib/pending/hooks.js'
import { thrownBy } from '../kit/failures.js'
import { ok, setting, textOf } from './fixture.js'

const FORMS: Record<string, (look: () => void) => HookResult> = {
  'a function': (look) => look(),
  *'a generator'(look): Operation<void> {
    look()
  },
  async 'a promise'(look) {
    look()
  },
}

/** One edit of each kind. */
const EDITS_SENT: Record<string, (request: BackendRequest) => void> = {
  'a header': ({ headers }) => headers.set('x-late', '1'),
  'one more header': ({ headers }) => headers.append('x-late', '1'),
  'a header that is to go': ({ headers }) => headers.delete('accept'),
  'the URL': (request) => {
    request.url = 'http://elsewhere/'
  },
  'the override': (request) => {
    request.cacheOverride = 'pass'
  },
}

const EDITS_STORED: Record<string, (candidate: CandidateResponse) => void> = {
  'a header': ({ headers }) => headers.set('x-late', '1'),
  'the status': (candidate) => Object.assign(candidate, { status: 201 }),
  'the ttl': (candidate) => Object.assign(candidate, { ttl: 1 }),
  'a window': (candidate) => Object.assign(candidate, { staleWhileRevalidate: 1 }),
  'the other window': (candidate) => Object.assign(candidate, { staleIfError: 1 }),
  'the variants': (candidate) => Object.assign(candidate, { vary: ['accept'] }),
  'the surrogate keys': (candidate) => Object.assign(candidate, { surrogateKeys: ['late'] }),
  'whether it is sensitive': (candidate) => Object.assign(candidate, { sensitive: true }),
  'the transform': (candidate) => Object.assign(candidate, { bodyTransform: undefined }),
  'that it is stored': (candidate) => candidate.setCacheable(),
  'that it is not': (candidate) => candidate.setUncacheable(),
}

for (const [form, look] of Object.entries(FORMS)) {
  test(`an edit that ${form} makes as a hook is refused once the hook is over, and changes nothing`, async () => {
    const { host, request } = setting()
    host.script = () => ok('max-age=60', 'body')
    let sent: BackendRequest | undefined
    let stored: CandidateResponse | undefined
    const hooks: Hooks = {
      beforeSend: (edited) =>
        look(() => {
          sent = edited
        }),
      afterSend: (candidate) =>
        look(() => {
          stored = candidate
        }),
    }
    const answer = await request({ hooks })
    for (const [what, edit] of Object.entries(EDITS_SENT))
      assert.instance(
        thrownBy(() => edit(sent as BackendRequest)),
        AlreadyFinishedError,
        what,
      )
    for (const [what, edit] of Object.entries(EDITS_STORED))
      assert.instance(
        thrownBy(() => edit(stored as CandidateResponse)),
        AlreadyFinishedError,
        what,
      )
    await textOf(host, answer)
    const hit = await request({ hooks })
    assert.equal([hit.source, hit.object?.maxAgeMs, hit.head.status], ['hit', 60_000, 200])
    await textOf(host, hit)
  })
}

test.run()
