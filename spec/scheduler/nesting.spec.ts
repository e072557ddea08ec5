/** Coroutines that move inside each other need the stack; however many there are, it does not overflow. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Pending, ready, Scheduler } from '../../lib/scheduler/index.js'
import { fixture, microtasks, stand } from './fixture.js'

/** Far more than fit inside each other on the stack. */
const MANY = 5_000

/** Of the 984 KB that the stack has unless a program asks for more. */
const BUT_SOME_HUNDRED_LEVELS = 640 * 1024

/** Calls `run` with so many bytes less of the stack: they are its arguments. */
function withLess(bytes: number, run: () => void): void {
  Reflect.apply(run, undefined, new Array<number>(bytes / 8).fill(0))
}

/** How many pendings stand how. */
function stands(pendings: readonly Pending<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const pending of pendings) counts[stand(pending)] = (counts[stand(pending)] ?? 0) + 1
  return counts
}

for (const driver of ['poll', 'turn'] as const) {
  test(`coroutines that each ${driver} inside do not overflow the stack, however many there are`, () => {
    const { readiness, scheduler } = fixture()
    const gate = readiness.open()
    const outer = Array.from({ length: MANY }, () =>
      scheduler.spawn(function* () {
        const inner = scheduler.spawn(() => ready(gate))
        if (driver === 'poll') inner.poll()
        else scheduler.turn()
        yield* inner
      }),
    )
    scheduler.turn()
    assert.equal(stands(outer), { 'not ready': MANY })
    readiness.settle(gate)
    assert.equal(stands(outer), { 'returned undefined': MANY })
    assert.equal(scheduler.waits(), [])
  })
}

test('a pending whose coroutine polls the next, and so on, gets as far as the stack allows, and all the way in its turn', () => {
  const { readiness, scheduler } = fixture()
  const gate = readiness.open()
  let begun = 0
  const nest = (left: number): Pending<number> =>
    scheduler.spawn(function* () {
      begun++
      const next = left > 0 ? nest(left - 1) : undefined
      next?.poll()
      yield* ready(gate)
      return next === undefined ? 0 : (yield* next) + 1
    })
  const first = nest(MANY)
  assert.is(stand(first), 'not ready')
  assert.is(begun, MANY + 1)
  readiness.settle(gate)
  assert.is(stand(first), `returned ${MANY}`)
})

test('a wait fails where the stack has no room for it, and those that had room go on', () => {
  const { scheduler } = fixture()
  let waited = 0
  const failures: unknown[] = []
  const outer = Array.from({ length: MANY }, (_, nth) =>
    scheduler.spawn(function* () {
      // Each finds the next, which it has to step, not finished.
      const next = outer[nth + 1] ?? scheduler.spawn(function* () {})
      try {
        next.wait()
        waited++
      } catch (failure) {
        failures.push(failure)
      }
    }),
  )
  outer[0]?.wait()
  assert.equal(stands(outer), { 'returned undefined': MANY })
  assert.is(waited + failures.length, MANY)
  assert.ok(waited > 100)
  for (const failure of failures) assert.match(String(failure), /WouldDeadlockError: .* the stack has no room/)
})

test('a wait at the last of the stack fails or goes on, wherever in a call the stack ends', () => {
  for (let below = 0; below < 1_024; below += 16) {
    const { scheduler } = fixture()
    const outer: Pending<void>[] = []
    for (let nth = 0; nth < 400; nth++) {
      const spawned = scheduler.spawn(function* () {
        try {
          outer[nth + 1]?.wait()
        } catch (failure) {
          assert.match(String(failure), /WouldDeadlockError: .* the stack has no room/)
        }
      })
      outer.push(spawned)
    }
    withLess(BUT_SOME_HUNDRED_LEVELS + below, () => outer[0]?.wait())
    assert.equal(stands(outer), { 'returned undefined': 400 }, `${below} bytes further`)
  }
})

test('a cancelled pending that cancels the next in its finally block, and so on, leaves none behind', () => {
  const { readiness, scheduler } = fixture()
  const gate = readiness.open()
  let ended = 0
  let next: Pending<void> | undefined
  for (let nth = 0; nth < MANY; nth++) {
    const last = next
    next = scheduler.spawn(function* () {
      try {
        yield* ready(gate)
      } finally {
        last?.cancel()
        ended++
      }
    })
    next.poll()
  }
  next?.cancel()
  assert.is(ended, MANY)
  assert.equal(scheduler.waits(), [])
})

for (const from of ['its owner', 'the scheduler'] as const) {
  test(`a long chain from scheduler to scheduler is cancelled by ${from}, to its end`, async () => {
    const { readiness, scheduler } = fixture()
    const other = new Scheduler(readiness)
    const gate = readiness.open()
    let ended = 0
    const chain: Pending<void>[] = []
    const link = (left: number): Pending<void> => {
      const pending = (left % 2 === 0 ? scheduler : other).spawn(function* () {
        try {
          yield* left === 0 ? ready(gate) : link(left - 1)
        } finally {
          ended++
        }
      })
      chain.push(pending)
      return pending
    }
    const first = link(1_200)
    const answer = first.then(() => 'returned', String)
    while (chain.length <= 1_200) await microtasks()
    await microtasks()
    if (from === 'its owner') first.cancel()
    else await scheduler[Symbol.asyncDispose]()
    assert.match(await answer, /CancelledError/)
    assert.is(ended, 1_201)
    assert.equal(stands(chain), { 'threw CancelledError': 1_201 })
    await other[Symbol.asyncDispose]()
  })
}

test.run()
