/** What one thread says of its time holds for every other. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readings } from './clock-thread.js'

function assertInOrder(moments: readonly number[]): void {
  assert.equal(
    moments,
    moments.toSorted((a, b) => a - b),
  )
}

test('the time of this thread is that of the machine, neither behind nor ahead', () => {
  assertInOrder(readings())
})

test('the time of every thread is that of the machine, however slowly the thread began', async () => {
  for (let thread = 0; thread < 3; thread++) {
    const worker = new Worker(new URL('./clock-thread.js', import.meta.url))
    const [moments] = (await once(worker, 'message')) as [number[]]
    assertInOrder(moments)
  }
})

test.run()
