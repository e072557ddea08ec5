/** What is refused of a head that the parser of an older Node has let pass. Other specs look at what is forwarded. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type IncomingHead, readIncoming } from '../../lib/proxy/incoming.js'
import { readSettings } from '../../lib/proxy/options.js'
import { RefusedError } from '../../lib/proxy/refusal.js'

const HEAD = { method: 'GET', url: '/', rawHeaders: ['Host', 'proxy'], httpVersion: '1.1', httpVersionMajor: 1 }

function statusOf(head: Partial<IncomingHead>): number | undefined {
  try {
    readIncoming({ ...HEAD, ...head }, readSettings({ origin: 'http://origin.example' }))
    return undefined
  } catch (failure) {
    if (failure instanceof RefusedError) return failure.refusal.status
    throw failure
  }
}

test('RFC 9112 5.1: a field whose name is no token is refused: empty, or with a space in it or before the colon', () => {
  for (const name of ['Authorization ', 'Content Length', '', 'X\t'])
    assert.is(statusOf({ rawHeaders: [...HEAD.rawHeaders, name, 'x'] }), 400, JSON.stringify(name))
  assert.is(statusOf({}), undefined)
})

test('RFC 9112 3.2: a target with octets that no target can have is refused', () => {
  for (const url of ['/a\tb', '/a\fb', '/\xe9', '/a?\xff', 'http://proxy/\x80']) assert.is(statusOf({ url }), 400, url)
})

test.run()
