/** A coroutine goes before what it has spawned, as a task of Effection's does: each program is played both ways. */

import { type Operation, once, race, run, spawn, suspend, withResolvers } from 'effection'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promised, ready } from '../../lib/scheduler/index.js'
import { fixture, microtasks, stand } from './fixture.js'

/** What happens, in its order; the program tells. */
type Tell = (event: string) => void

type Program = (tell: Tell) => Operation<unknown>

async function asTask(program: Program): Promise<string[]> {
  const told: string[] = []
  await tellEnding(
    told,
    run(() => program((event) => told.push(event))),
  )
  return told
}

async function asCoroutine(program: Program): Promise<string[]> {
  const told: string[] = []
  const { scheduler } = fixture()
  await tellEnding(
    told,
    scheduler.spawn(() => program((event) => told.push(event))),
  )
  return told
}

async function tellEnding(told: string[], ending: PromiseLike<unknown>): Promise<void> {
  try {
    told.push(`returned ${await ending}`)
  } catch (failure) {
    told.push(`failed: ${(failure as Error).message}`)
  }
}

async function playsAlike(program: Program, expected: readonly string[]): Promise<void> {
  assert.equal(await asTask(program), expected, 'as a task')
  assert.equal(await asCoroutine(program), expected, 'as a coroutine')
}

test('a child begins when the coroutine waits, and not before', () =>
  playsAlike(
    function* (tell) {
      const child = yield* spawn(function* () {
        tell('child')
      })
      tell('parent')
      yield* child
    },
    ['parent', 'child', 'returned undefined'],
  ))

test('what a child tells at once is heard by a coroutine that begins to listen after it has spawned the child', () =>
  playsAlike(
    function* (tell) {
      const target = new EventTarget()
      yield* spawn(function* () {
        target.dispatchEvent(new Event('early'))
      })
      const event = yield* once(target, 'early')
      tell(event.type)
    },
    ['early', 'returned undefined'],
  ))

test('in a race everybody begins before the first of them goes deeper', () =>
  playsAlike(
    function* (tell) {
      function* failing(): Operation<string> {
        tell('failing')
        throw new RangeError('deep')
      }
      function* quick() {
        tell('quick')
        return 'quick'
      }
      return yield* race([race([failing()]), quick()])
    },
    ['quick', 'returned quick'],
  ))

test('the loser of a race does nothing any more, though the same event has woken both', () =>
  playsAlike(
    function* (tell) {
      const gates = [withResolvers<void>(), withResolvers<void>()] as const
      setImmediate(() => {
        for (const gate of gates) gate.resolve()
      })
      function* winner() {
        yield* gates[0].operation
        tell('won')
        return 'winner'
      }
      function* loser() {
        yield* gates[1].operation
        yield* spawn(function* () {
          throw new RangeError('of who has lost')
        })
        yield* suspend()
      }
      return yield* race([winner(), loser()])
    },
    ['won', 'returned winner'],
  ))

test('a child that has not begun when the coroutine ends never begins', () =>
  playsAlike(
    function* (tell) {
      yield* spawn(function* () {
        tell('child')
      })
      return 'answer'
    },
    ['returned answer'],
  ))

test('a child that is halted before it has begun never begins', () =>
  playsAlike(
    function* (tell) {
      const child = yield* spawn(function* () {
        tell('child')
      })
      yield* child.halt()
      tell('halted')
    },
    ['halted', 'returned undefined'],
  ))

test('children go on while the coroutine waits for a handle or a promise, and stand still while it moves', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  const order: string[] = []
  const gate = withResolvers<void>()
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      order.push('child begins')
      yield* gate.operation
      order.push('child goes on')
    })
    yield* ready(handle)
    gate.resolve()
    order.push('parent goes on')
    yield* promised(new Promise(() => {}))
  })
  assert.is(stand(pending), 'not ready')
  assert.equal(order.splice(0), ['child begins'])
  readiness.settle(handle)
  assert.is(stand(pending), 'not ready')
  assert.equal(order, ['parent goes on', 'child goes on'])
  pending.cancel()
})

test('children of a coroutine that goes on for long have their turn all the same', () => {
  const { readiness, scheduler } = fixture()
  const handle = readiness.open()
  readiness.settle(handle)
  let begun = false
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      begun = true
    })
    while (!begun) yield* ready(handle)
    return 'answer'
  })
  assert.is(stand(pending), 'returned answer')
})

test('children of a coroutine that nobody drives any more go on', async () => {
  const { readiness, scheduler } = fixture()
  const order: string[] = []
  const gate = withResolvers<void>()
  const pending = scheduler.spawn(function* () {
    yield* spawn(function* () {
      yield* gate.operation
      order.push('child')
    })
    yield* ready(readiness.open())
  })
  assert.is(stand(pending), 'not ready')
  gate.resolve()
  await microtasks()
  assert.equal(order, ['child'])
  pending.cancel()
})

test.run()
