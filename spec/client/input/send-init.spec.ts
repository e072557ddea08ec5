/** The options of a request are remembered to be quick, and not for good. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requestOptions } from '../../../lib/client/input/send-init.js'
import { heldBy } from '../../kit/garbage.js'

test('URLs that were requested once hold no memory, however long they are', () => {
  const grown = heldBy(() => {
    for (let at = 0; at < 300; at++) requestOptions(`http://host/${at}?${'q'.repeat(100_000)}`)
  })
  assert.ok(grown < 5_000_000, `${grown} bytes more`)
})

test.run()
