/** The error for an invalid URL shows no secret of it, and a valid URL is not kept for good. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { absoluteUrl } from '../../lib/http/absolute-url.js'
import { InvalidArgumentError } from '../../lib/index.js'
import { heldBy } from '../kit/garbage.js'

const test = suite()

for (const url of [
  'http://user:secret@host:99999/',
  'ftp://user:secret@host/',
  '//user:secret@host/',
  'http://user:secret@host/',
]) {
  test(`the error for ${url} shows no credentials`, () => {
    assert.throws(
      () => absoluteUrl(url),
      (error: unknown) => error instanceof InvalidArgumentError && !/user|secret/.test(error.message),
    )
  })
}

test('an @ in a path or a query is not taken for credentials, and is shown', () => {
  for (const url of ['/mail/a@b', '/?at=//a@b'])
    assert.throws(
      () => absoluteUrl(url),
      (error: Error) => error.message.endsWith(url),
    )
})

test('URLs that were read once hold no memory, however long they are', () => {
  const grown = heldBy(() => {
    for (let at = 0; at < 300; at++) absoluteUrl(`http://host/${at}?${'q'.repeat(100_000)}`)
  })
  assert.ok(grown < 5_000_000, `${grown} bytes more`)
})

test.run()
