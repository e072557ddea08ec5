/** How the iterator of an operation is started. */

import type { Operation } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { InvalidArgumentError, promised, ready } from '../../lib/scheduler/index.js'
import { Barrier } from '../kit/barrier.js'
import { thrownBy } from '../kit/failures.js'
import { fixture } from './fixture.js'

test('a generator that is spawned again while it waits is refused, and the first coroutine goes on waiting', async () => {
  const { readiness, scheduler } = fixture()
  const waits: ((opened: Promise<void>) => Operation<unknown>)[] = [
    function* (opened) {
      const handle = readiness.open()
      void opened.then(() => readiness.settle(handle))
      yield* ready(handle)
    },
    (opened) => promised(opened),
    (opened) => scheduler.spawn(() => promised(opened)),
  ]
  for (const wait of waits) {
    const barrier = new Barrier()
    const generator = (function* () {
      yield* wait(barrier.opened)
      return barrier.isOpen
    })()
    const [first, again] = [scheduler.spawn(() => generator), scheduler.spawn(() => generator)]
    assert.not(first.poll().ready)
    const failure = thrownBy(() => again.poll())
    assert.instance(failure, InvalidArgumentError)
    assert.match(failure.message, /started before/)
    assert.not(first.poll().ready)
    barrier.open()
    assert.is(await first, true)
  }
})

test.run()
