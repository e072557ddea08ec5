/** A listener is told once: at once if the announcer is ready, and never after its undo. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Announcer } from '../../lib/base/announcer.js'

/** Ready once it has rung. */
class Bell extends Announcer {
  ready = false
  readonly waits: (1 | -1)[] = []

  ring(): void {
    this.ready = true
    this.announce()
  }

  muffle(): void {
    this.dropListener()
  }

  protected override awaited(by: 1 | -1): void {
    this.waits.push(by)
  }
}

test('a listener that waits is told once', () => {
  const bell = new Bell()
  let told = 0
  bell.onReady(() => told++)
  bell.ring()
  bell.ring()
  assert.is(told, 1)
})

test('a listener that comes when the announcer is ready is told at once, and does not wait', () => {
  const bell = new Bell()
  bell.ring()
  let told = 0
  bell.onReady(() => told++)()
  assert.is(told, 1)
  assert.equal(bell.waits, [])
})

test('a listener that has left, or was dropped, is not told', () => {
  for (const leave of ['undo', 'muffle'] as const) {
    const bell = new Bell()
    let told = 0
    const undo = bell.onReady(() => told++)
    if (leave === 'undo') undo()
    else bell.muffle()
    bell.ring()
    assert.is(told, 0)
  }
})

test('an undo takes nothing from the listener that waits now', () => {
  const bell = new Bell()
  const told: string[] = []
  const undo = bell.onReady(() => told.push('first'))
  bell.onReady(() => told.push('second'))
  undo()
  bell.ring()
  assert.equal(told, ['second'])
})

test('an announcer hears once when a wait begins, and once when it is over', () => {
  const bell = new Bell()
  const undo = bell.onReady(() => {})
  bell.onReady(() => {})
  undo()
  assert.equal(bell.waits, [1])
  bell.ring()
  bell.muffle()
  assert.equal(bell.waits, [1, -1])
})

test('a listener that is told finds nobody waiting, and may wait again', () => {
  const bell = new Bell()
  let found: boolean | undefined
  bell.onReady(() => {
    found = bell.isAwaited
    bell.ready = false
    bell.onReady(() => {})
  })
  bell.ring()
  assert.is(found, false)
  assert.ok(bell.isAwaited)
})

test.run()
