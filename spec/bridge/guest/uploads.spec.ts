/** An upload that was stopped says nothing more, whatever its source does then. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Uploads } from '../../../lib/bridge/guest/upload.js'
import { microtasks } from '../../scheduler/fixture.js'

test('a source that fails once its upload was stopped fails nothing', async () => {
  const heard: string[] = []
  const uploads = new Uploads({
    tell: (say) => heard.push(say.do),
    failed: () => heard.push('failed'),
    changed() {},
  })
  let fail: (cause: Error) => void = () => {}
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((_, reject) => {
          fail = reject
        }),
    }),
  }
  uploads.begin(1, source, (cause) => cause)
  uploads.stop(1)
  fail(new RangeError('stopped'))
  await microtasks()
  assert.equal([heard, uploads.size], [[], 0])
})

test.run()
