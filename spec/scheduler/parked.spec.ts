/** Coroutines that are parked on a handle are found there, wherever the handle lies and however many they are. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Parked } from '../../lib/scheduler/parked.js'
import { heldBy } from '../kit/garbage.js'

const NEEDED = {}

/** Near ones, one just within reach of the dense part, strays, and one beyond 32 bits as a reactor's own are. */
const handles = fc.constantFrom(0, 1, 2, 1_025, 5_000, 2 ** 31, 2 ** 32 + 3)
const waiters = [{ name: 'a' }, { name: 'b' }, { name: 'c' }] as const
const step = fc.record({
  handle: handles,
  waiter: fc.constantFrom(...waiters),
  act: fc.constantFrom('add', 'add', 'remove', 'take'),
})

test('each handle holds its waiters in the order they came, until they are removed or taken', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const parked = new Parked<{ name: string }>()
      const model = new Map<number, Set<{ name: string }>>()
      for (const { handle, waiter, act } of steps) {
        const there = model.get(handle) ?? new Set()
        model.set(handle, there)
        if (act === 'add') parked.add(handle, waiter, NEEDED)
        if (act === 'remove') parked.remove(handle, waiter)
        if (act === 'take') assert.equal(parked.takeAll(handle), [...there])
        if (act === 'add') there.add(waiter)
        if (act === 'remove') there.delete(waiter)
        if (act === 'take') there.clear()
        assert.is(parked.on(handle) === 'nobody', there.size === 0)
        assert.is(parked.on(handle) === 'one' && there.size !== 1, false)
      }
      const expected = [...model].flatMap(([handle, there]) => [...there].map(({ name }) => `${handle} ${name}`))
      const found = Array.from(parked.entries(), ([handle, { name }]) => `${handle} ${name}`)
      assert.equal(found.toSorted(), expected.toSorted())
    }),
    { numRuns: 500 },
  )
})

test('samples go round all handles that have a waiter', () => {
  const parked = new Parked<{ name: string }>()
  for (const handle of [3, 7, 90_000]) parked.add(handle, waiters[0], NEEDED)
  parked.add(7, waiters[1], NEEDED)
  const seen = new Set(Array.from({ length: 6 }, () => parked.sample(2)).flat())
  assert.equal([...seen].toSorted(), [3, 7, 90_000])
})

/** Parks on each of `count` handles from `from` on, and leaves it, as with a source that never uses a number twice. */
function pass(parked: Parked<{ name: string }>, from: number, count: number): void {
  for (let handle = from; handle < from + count; handle++) {
    parked.add(handle, waiters[0], NEEDED)
    if (handle % 2 === 0) parked.take(handle)
    else parked.remove(handle, waiters[0])
  }
}

test('handles that are used once, each behind the last, leave nothing in memory', () => {
  const parked = new Parked<{ name: string }>()
  pass(parked, 0, 10_000)
  const bytes = heldBy(() => pass(parked, 10_000, 200_000))
  assert.ok(bytes < 400_000, `${bytes} bytes are held`)
})

test('however many handles were used before, samples soon come to the one that is used now', () => {
  const parked = new Parked<{ name: string }>()
  pass(parked, 0, 200_000)
  parked.add(200_000, waiters[0], NEEDED)
  const seen = new Set(Array.from({ length: 64 }, () => parked.sample(64)).flat())
  assert.equal([...seen], [200_000])
})

test.run()
