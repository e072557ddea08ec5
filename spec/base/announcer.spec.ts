/** Whoever waits is told once: at once where there is nothing to wait for, and not at all after the undo. */

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

test('whoever waits is told once', () => {
  const bell = new Bell()
  let told = 0
  bell.onReady(() => told++)
  bell.ring()
  bell.ring()
  assert.is(told, 1)
})

test('whoever comes when it is ready is told at once, and nobody waits', () => {
  const bell = new Bell()
  bell.ring()
  let told = 0
  bell.onReady(() => told++)()
  assert.is(told, 1)
  assert.equal(bell.waits, [])
})

test('whoever has left is not told, nor is who was turned out', () => {
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

test('an undo takes nothing from who waits now', () => {
  const bell = new Bell()
  const told: string[] = []
  const undo = bell.onReady(() => told.push('first'))
  bell.onReady(() => told.push('second'))
  undo()
  bell.ring()
  assert.equal(told, ['second'])
})

test('it hears once when a wait begins, and once when that is over', () => {
  const bell = new Bell()
  const undo = bell.onReady(() => {})
  bell.onReady(() => {})
  undo()
  assert.equal(bell.waits, [1])
  bell.ring()
  bell.muffle()
  assert.equal(bell.waits, [1, -1])
})

test('a listener finds that nobody waits any more, and may wait again', () => {
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
