/** A body that came all at once is read like any other, in however many chunks it came. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError } from '../../lib/base/errors.js'
import { inlineBody } from '../../lib/bridge/guest/inline-body.js'
import { bytes, drain } from '../cache/fixture.js'

const bodies = [
  ['no chunk', [], ''],
  ['an empty chunk', [bytes('')], ''],
  ['one chunk', [bytes('one')], 'one'],
  ['two chunks', [bytes('one'), bytes('two')], 'onetwo'],
] as const

for (const [what, chunks, text] of bodies) {
  test(`an inline body of ${what} gives all its bytes, then a clean end without trailers`, () => {
    const body = inlineBody(chunks)
    assert.ok(body.ready)
    assert.is(body.length, text.length)
    assert.equal(drain(body), { text, end: 'clean' })
    assert.equal(body.trailers(), [])
    assert.is(body.read(), undefined)
  })

  test(`an inline body of ${what} is all in hand until it is read, unless it is larger than the limit`, () => {
    const body = inlineBody(chunks)
    assert.is(Buffer.concat([...(body.inHand(text.length) ?? [bytes('not in hand')])]).toString(), text)
    if (text !== '') assert.is(body.inHand(text.length - 1), undefined)
    drain(body)
    assert.equal(body.inHand(100), [])
  })
}

test('an inline body is ready at once, and fails its reads once it is cancelled', () => {
  const body = inlineBody([bytes('one')])
  let told = 0
  body.onReady(() => told++)
  assert.is(told, 1)
  assert.is(body.trailers(), undefined)
  body.cancel()
  assert.throws(
    () => body.read(),
    (error: unknown) => error instanceof CancelledError,
  )
})

test.run()
