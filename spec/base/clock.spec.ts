/** What one thread says of its time holds for every other. */

import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { MessageChannel, Worker } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../lib/base/clock.js'
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

test('a timer that runs out while the thread is busy rings after what had come by then', async () => {
  const { port1, port2 } = new MessageChannel()
  const order: string[] = []
  await setImmediate()
  const rung = new Promise<void>((resolve) => {
    systemClock.setTimer(1, () => {
      order.push('timer')
      resolve()
    })
  })
  port1.once('message', () => order.push('message'))
  port2.postMessage('')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  await rung
  assert.equal(order, ['message', 'timer'])
  port1.close()
})

test('a timer that what had come by then undoes does not ring', async () => {
  const { port1, port2 } = new MessageChannel()
  await setImmediate()
  const stopTimer = systemClock.setTimer(1, () => assert.unreachable('it rings'))
  const came = once(port1, 'message').then(stopTimer)
  port2.postMessage('')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  await came
  for (let turns = 0; turns < 3; turns++) await setImmediate()
  port1.close()
})

test.run()
