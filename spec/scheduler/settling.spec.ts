/** All who wait for one promise share one reaction: none of them hears another's failure, or hears anything after it has left. */

import { once } from 'node:events'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onceSettled } from '../../lib/scheduler/settling.js'

test('a listener of a promise that leaves while others are told is told nothing', async () => {
  const told: string[] = []
  const promise = Promise.resolve('news')
  onceSettled(promise, () => {
    told.push('first')
    leave()
  })
  const leave = onceSettled(promise, () => told.push('second'))
  onceSettled(promise, () => told.push('third'))
  await promise
  assert.equal(told, ['first', 'third'])
})

test('a listener of a promise that throws keeps no other from hearing, and its error is an uncaught exception', async () => {
  const told: string[] = []
  const promise = Promise.resolve('news')
  const uncaught = once(process, 'uncaughtException')
  onceSettled(promise, () => {
    throw new Error('mine')
  })
  onceSettled(promise, ({ value }) => told.push(String(value)))
  await promise
  assert.equal(told, ['news'])
  const [failure] = await uncaught
  assert.is((failure as Error).message, 'mine')
})

test.run()
