/** A host is over when it says so, for good and with its cause; or when it has shown no pulse for long. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Life, lifeMemory, PULSE_MS } from '../../lib/bridge/life.js'

const PATIENCE_MS = 10_000

/** The host's side, and a guest's. */
function pair() {
  const memory = lifeMemory()
  return { host: new Life(memory), guest: new Life(memory) }
}

test('a host that lives is not over, and has no cause of death', () => {
  const { guest } = pair()
  assert.equal([guest.isOver(0), guest.hasEnded, guest.cause], [false, false, undefined])
})

test('the first call of end decides the cause, for both sides', () => {
  const { host, guest } = pair()
  host.end({ name: 'RangeError', message: 'däd' })
  guest.end({ name: 'Error', message: 'too late' })
  host.end()
  for (const side of [host, guest]) {
    assert.ok(side.isOver(0) && side.hasEnded)
    assert.equal(side.cause, { name: 'RangeError', message: 'däd' })
  }
})

test('a cause of death that has no room is left out, and the host is over all the same', () => {
  for (const [message, isSaid] of [
    ['é'.repeat(2000), true],
    ['é'.repeat(2100), false],
  ] as const) {
    const { host, guest } = pair()
    host.end({ name: 'Error', message })
    assert.ok(guest.isOver(0))
    assert.equal(guest.cause, isSaid ? { name: 'Error', message } : undefined)
  }
})

test('a host with a pulse is never over, and a host without one is over after ten seconds of waiting', () => {
  const { host, guest } = pair()
  for (let waitedMs = 0; waitedMs < 10 * PATIENCE_MS; waitedMs += PULSE_MS) {
    host.beat()
    assert.not(guest.isOver(PULSE_MS))
  }
  for (let waitedMs = PULSE_MS; waitedMs < PATIENCE_MS; waitedMs += PULSE_MS) assert.not(guest.isOver(PULSE_MS))
  assert.not(guest.isOver(0), 'no time has passed since it was asked')
  assert.ok(guest.isOver(PULSE_MS))
  assert.not(guest.hasEnded, 'it has never said so')
})

test.run()
