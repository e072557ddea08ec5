/** What is no URL that can be asked is told without the secrets in it. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { absoluteUrl } from '../../lib/http/absolute-url.js'
import { InvalidArgumentError } from '../../lib/index.js'

const test = suite()

for (const url of [
  'http://user:secret@host:99999/',
  'ftp://user:secret@host/',
  '//user:secret@host/',
  'http://user:secret@host/',
]) {
  test(`the error for ${url} has no credentials`, () => {
    assert.throws(
      () => absoluteUrl(url),
      (error: unknown) => error instanceof InvalidArgumentError && !/user|secret/.test(error.message),
    )
  })
}

test('an @ in a path or a query is no credentials, and is told', () => {
  for (const url of ['/mail/a@b', '/?at=//a@b'])
    assert.throws(
      () => absoluteUrl(url),
      (error: Error) => error.message.endsWith(url),
    )
})

test.run()
