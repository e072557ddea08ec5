/** Signs that a thread turns are given where its turning gets on with what it has begun, and nowhere else. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Written } from '../../lib/bridge/guest/written.js'
import { type Driving, TurnSigns } from '../../lib/bridge/turning.js'
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

test('a thread that looks for mail turns, where nothing it has begun needs its event loop', () => {
  const { signs, during } = signsOf(POLLED)
  signs.begin()
  assert.is(
    during(() => signs.look()),
    1,
  )
  assert.is(
    during(() => signs.look()),
    1,
  )
})

test('where that is needed, it has to come round: looks on the way there are one sign, and each round has its own', async () => {
  const turning = signsOf(ONLY_LOOKS)
  turning.signs.begin()
  for (let round = 1; round <= 3; round++) {
    for (let look = 0; look < 5; look++) turning.signs.look()
    assert.is(turning.shown, round - 1)
    await microtasks()
    assert.is(turning.shown, round)
  }
})

test('who holds nothing that others wait for shows at once that it turns', () => {
  const { signs, during } = signsOf(ONLY_LOOKS)
  signs.begin()
  signs.begin()
  signs.end()
  assert.ok(signs.areShown)
  signs.end()
  assert.not(signs.areShown)
  assert.is(
    during(() => signs.look()),
    1,
  )
})

test('a body that is written is a reason to show it, until it has ended', () => {
  const { signs } = signsOf(POLLED)
  const written = new Written(signs)
  written.begin(1)
  written.begin(2)
  written.end(1)
  assert.ok(signs.areShown)
  written.end(2)
  written.end(2)
  assert.not(signs.areShown)
  assert.is(written.size, 0)
})

test.run()
