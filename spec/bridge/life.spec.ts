/** A host is over when it says so, for good and with what it died of; or when nothing was seen of it for long. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Life, lifeMemory, PULSE_MS } from '../../lib/bridge/life.js'

const PATIENCE_MS = 10_000

/** The host's side, and a guest's. */
function pair() {
  const memory = lifeMemory()
  return { host: new Life(memory), guest: new Life(memory) }
}

test('a host that lives is not over, and has died of nothing', () => {
  const { guest } = pair()
  assert.equal([guest.isOver(0), guest.hasEnded, guest.cause], [false, false, undefined])
})

test('the first who says that it is over says of what, and nobody after', () => {
  const { host, guest } = pair()
  host.end({ name: 'RangeError', message: 'däd' })
  guest.end({ name: 'Error', message: 'too late' })
  host.end()
  for (const side of [host, guest]) {
    assert.ok(side.isOver(0) && side.hasEnded)
    assert.equal(side.cause, { name: 'RangeError', message: 'däd' })
  }
})

test('what there is no room for is left out, and it is over all the same', () => {
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

test('a host whose pulse goes on is waited for without end; one that has none for ten seconds of that is over', () => {
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
