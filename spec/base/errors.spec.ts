/** What errors are called. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TidewaitError } from '../../lib/base/errors.js'
import * as cache from '../../lib/index.js'
import * as scheduler from '../../lib/scheduler/index.js'

const test = suite()

function isErrorClass(value: unknown): value is { readonly prototype: TidewaitError } {
  return value === TidewaitError || (typeof value === 'function' && value.prototype instanceof TidewaitError)
}

for (const [exported, value] of Object.entries({ ...cache, ...scheduler })) {
  if (!isErrorClass(value)) continue
  test(`a ${exported} has that name, whatever a bundler calls its class`, () => {
    const name = Object.getOwnPropertyDescriptor(value.prototype, 'name')
    assert.equal([name?.value, name?.enumerable], [exported, false])
  })
}

test('an error can be given another name', () => {
  assert.is(Object.assign(new cache.ClosedError('the cache'), { name: 'Gone' }).name, 'Gone')
})

test.run()
