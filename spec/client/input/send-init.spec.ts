/** The options of a request are remembered to be quick, and not for good. */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requestOptions } from '../../../lib/client/input/send-init.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('URLs that were requested once hold no memory, however long they are', () => {
  const held = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = held()
  for (let at = 0; at < 300; at++) requestOptions(`http://host/${at}?${'q'.repeat(100_000)}`)
  const grown = held() - before
  assert.ok(grown < 5_000_000, `${grown} bytes more`)
})

test.run()
