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

test('a timer of months rings after all of that time, be it more than a timer of Node can take', async () => {
  const days = 24 * 60 * 60 * 1000
  const { setTimeout } = globalThis
  const delays: number[] = []
  let rung = 0
  // Each timer of Node runs out at once, and its delay is written down.
  globalThis.setTimeout = ((callback: () => void, delayMs: number) => {
    delays.push(delayMs)
    return setTimeout(callback, 0)
  }) as typeof setTimeout
  try {
    await new Promise<void>((resolve) => {
      systemClock.setTimer(60 * days, () => {
        rung += 1
        resolve()
      })
    })
  } finally {
    globalThis.setTimeout = setTimeout
  }
  assert.is(rung, 1)
  assert.is(
    delays.reduce((sum, delayMs) => sum + delayMs, 0),
    60 * days,
  )
  assert.ok(delays.every((delayMs) => delayMs < 2 ** 31))
})

test.run()
