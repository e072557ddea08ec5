/**
 * A coroutine that is cancelled while it delegates, by `yield*`, to a generator whose `finally` block waits. The language takes the
 * end of that block for a result like any other, so the coroutine goes on: as a task of Effection's does as well.
 */

import { ensure, type Operation, scoped } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Handle, ready } from '../../lib/scheduler/index.js'
import { type Fixture, fixture, microtasks } from './fixture.js'

interface Scene extends Fixture {
  readonly order: string[]
  /** A handle that is never settled. */
  readonly never: Handle
  /** The clean-up takes until this handle is settled. */
  readonly gate: Handle
  /** Where the coroutine waits if it goes on behind the clean-up. */
  readonly behind: Handle
  cleansUp(): Operation<void>
}

function scene(): Scene {
  const { readiness, scheduler } = fixture()
  const [never, gate, behind] = [readiness.open(), readiness.open(), readiness.open()]
  const order: string[] = []
  function* cleansUp(): Operation<void> {
    try {
      yield* ready(never)
    } finally {
      yield* ready(gate)
      order.push('cleaned up')
    }
  }
  return { readiness, scheduler, order, never, gate, behind, cleansUp }
}

/** Begins the operation, and returns what stops it. */
function asCoroutine({ scheduler }: Scene, operation: () => Operation<void>): () => void {
  const pending = scheduler.spawn(operation)
  pending.then(undefined, () => {})
  return () => pending.cancel()
}

function asTask({ scheduler }: Scene, operation: () => Operation<void>): () => void {
  const task = scheduler.scope.run(operation)
  return () => task.halt().catch(() => {})
}

/** What `program` does once it is stopped, and stopped again when it has cleaned up: as a coroutine and as a task. */
async function stopped(program: (scene: Scene) => Operation<void>): Promise<string[]> {
  const orders: string[][] = []
  for (const begin of [asCoroutine, asTask]) {
    const here = scene()
    const { readiness, order, gate, behind } = here
    function* whole(): Operation<void> {
      try {
        yield* program(here)
        order.push('goes on')
        yield* ready(behind)
      } finally {
        order.push('ends')
      }
    }
    const stop = begin(here, whole)
    await microtasks()
    stop()
    readiness.settle(gate)
    await microtasks()
    stop()
    await microtasks()
    order.push('behind it is settled')
    readiness.settle(behind)
    await microtasks()
    orders.push(order)
  }
  assert.equal(orders[0], orders[1])
  return orders[0] as string[]
}

test('a cancelled coroutine goes on behind a generator whose finally block waits, also where it is cancelled again', async () => {
  const order = await stopped(({ cleansUp }) => cleansUp())
  assert.equal(order, ['cleaned up', 'goes on', 'behind it is settled', 'ends'])
})

const NO_FURTHER = ['cleaned up', 'ends', 'behind it is settled']

test('a cancelled coroutine goes no further behind another that it has started, whose finally block waits', async () => {
  const order = await stopped(({ scheduler, cleansUp }) => scheduler.spawn(cleansUp))
  assert.equal(order, NO_FURTHER)
})

test('a cancelled coroutine goes no further behind an inner scope whose ensure waits', async () => {
  const order = await stopped(({ order, never, gate }) =>
    scoped(function* () {
      yield* ensure(function* () {
        yield* ready(gate)
        order.push('cleaned up')
      })
      yield* ready(never)
    }),
  )
  assert.equal(order, NO_FURTHER)
})

test('a cancelled coroutine goes no further behind a generator whose finally block waits and then fails', async () => {
  const order = await stopped(function* ({ never, gate, order }) {
    try {
      yield* ready(never)
    } finally {
      yield* ready(gate)
      order.push('cleaned up')
      // biome-ignore lint/correctness/noUnsafeFinally: that is what this is about
      throw new Error('cannot clean up')
    }
  })
  assert.equal(order, NO_FURTHER)
})

test.run()
