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
  test(`of ${what}: all its bytes, then its clean end without trailers`, () => {
    const body = inlineBody(chunks)
    assert.ok(body.ready)
    assert.is(body.length, text.length)
    assert.equal(drain(body), { text, end: 'clean' })
    assert.equal(body.trailers(), [])
    assert.is(body.read(), undefined)
  })

  test(`of ${what}: all of it is in hand until it is read, unless it is more than is wanted`, () => {
    const body = inlineBody(chunks)
    assert.is(Buffer.concat([...(body.inHand(text.length) ?? [bytes('not in hand')])]).toString(), text)
    if (text !== '') assert.is(body.inHand(text.length - 1), undefined)
    drain(body)
    assert.equal(body.inHand(100), [])
  })
}

test('who has stopped reading reads no more, and nobody waits', () => {
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
