/** A guest shows that it turns only where that drives the requests it has begun. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OpenWriters } from '../../lib/bridge/guest/open-writers.js'
import { type Driving, TurnSigns, TurnWatch } from '../../lib/bridge/turning.js'
import { TestClock } from '../kit/test-clock.js'
import { microtasks } from '../scheduler/fixture.js'

function signsOf(driving: Driving) {
  let shown = 0
  const signs = new TurnSigns(() => {
    shown++
  })
  signs.drivenBy(driving)
  return {
    signs,
    /** How often `act` lets it show that it turns. */
    during(act: () => void): number {
      const before = shown
      act()
      return shown - before
    },
    get shown() {
      return shown
    },
  }
}

const POLLED: Driving = { isTurning: false, needsEventLoop: false }
const ONLY_LOOKS: Driving = { isTurning: false, needsEventLoop: true }

test('a poll shows that the thread turns, if nothing it has begun needs its event loop', () => {
  const { signs, during } = signsOf(POLLED)
  signs.begin()
  assert.is(
    during(() => signs.polled()),
    1,
  )
  assert.is(
    during(() => signs.polled()),
    1,
  )
})

test('if something needs the event loop, that has to turn: polls before it turns show once, each turn shows anew', async () => {
  const turning = signsOf(ONLY_LOOKS)
  turning.signs.begin()
  for (let round = 1; round <= 3; round++) {
    for (let look = 0; look < 5; look++) turning.signs.polled()
    assert.is(turning.shown, round - 1)
    await microtasks()
    assert.is(turning.shown, round)
  }
})

test('an event loop that turns shows it if it drives what this thread has begun, or if that is nothing', () => {
  const rounds = (isTurning: boolean) => {
    const { signs, during } = signsOf({ isTurning, needsEventLoop: false })
    const round = () => during(() => signs.loopTurned())
    const idle = round()
    signs.begin()
    return [idle, round()]
  }
  assert.equal(
    [rounds(true), rounds(false)],
    [
      [1, 1],
      [1, 0],
    ],
  )
})

test('a guest that holds nothing others may wait for shows at once that it turns', () => {
  const { signs, during } = signsOf(ONLY_LOOKS)
  signs.begin()
  signs.begin()
  signs.end()
  assert.ok(signs.mayHoldUpOthers)
  signs.end()
  assert.not(signs.mayHoldUpOthers)
  assert.is(
    during(() => signs.polled()),
    1,
  )
})

test('a body that is written may hold up others until it has ended', () => {
  const { signs } = signsOf(POLLED)
  const writers = new OpenWriters(signs)
  writers.begin(1, () => {})
  writers.begin(2, () => {})
  writers.end(1)
  assert.ok(signs.mayHoldUpOthers)
  writers.end(2)
  writers.end(2)
  assert.not(signs.mayHoldUpOthers)
  assert.not(writers.needsEventLoop(1))
  assert.not(writers.needsEventLoop(2))
})

const LEASE_MS = 1000
const LOOK_MS = LEASE_MS / 4

function watching() {
  const clock = new TestClock()
  const seen: string[] = []
  const state = { turns: 0, isNeeded: true }
  const watch = new TurnWatch({
    clock,
    leaseMs: LEASE_MS,
    turns: () => state.turns,
    turned: () => seen.push('turned'),
    still: () => seen.push('still'),
    stillForLease: () => seen.push('still for a lease'),
    isNeeded: () => state.isNeeded,
  })
  return { clock, seen, state, watch }
}

test('a guest is still for a lease at each check after it has not turned for so long; a turn begins anew', () => {
  const { clock, seen, state, watch } = watching()
  watch.begin()
  for (let look = 0; look < 5; look++) clock.advance(LOOK_MS)
  assert.equal(seen.splice(0), ['still', 'still', 'still', 'still', 'still for a lease', 'still', 'still for a lease'])
  state.turns++
  for (let look = 0; look < 5; look++) clock.advance(LOOK_MS)
  assert.equal(seen, ['turned', 'still', 'still', 'still', 'still', 'still for a lease'])
})

test('the host checks only while that is needed, and has one timer at a time', () => {
  const { clock, seen, state, watch } = watching()
  assert.is(clock.pending(), 0)
  watch.begin()
  watch.begin()
  assert.is(clock.pending(), 1)
  state.isNeeded = false
  clock.advance(LOOK_MS)
  assert.equal([seen.splice(0), clock.pending()], [['still'], 0])
  watch.begin()
  watch.end()
  assert.is(clock.pending(), 0)
})

test('a guest that was still, and then held nothing, has a whole lease again for what it begins next', () => {
  const { clock, seen, state, watch } = watching()
  watch.begin()
  for (let look = 0; look < 2; look++) clock.advance(LOOK_MS)
  state.isNeeded = false
  clock.advance(LOOK_MS)
  state.isNeeded = true
  seen.splice(0)
  watch.begin()
  for (let look = 0; look < 4; look++) clock.advance(LOOK_MS)
  assert.equal(seen, ['still', 'still', 'still', 'still', 'still for a lease'])
})

test.run()
