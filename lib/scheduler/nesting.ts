/** How deeply coroutines move inside each other, and which steps wait until the stack has room again. */

import { Fifo } from '../base/fifo.js'

/** So many move inside each other before anybody looks whether there is room: that takes longer than a step. */
const FEW = 64

/** As the arguments of a call these take 64 KB of the stack. Whatever a user's code does, a step can end in order in that. */
const ROOM: readonly number[] = new Array<number>(8192).fill(0)

/** How many coroutines are on the stack of this thread, of all its schedulers. */
let depth = 0
const later = new Fifo<() => void>()

/** A coroutine begins to move. */
export function enter(): void {
  depth++
}

/** It stands still again. When that is the outermost, the postponed steps are taken. */
export function leave(): void {
  while (depth === 1 && later.size > 0) later.shift()?.()
  depth--
}

/** Whether the stack has room for one more. */
export function hasRoom(): boolean {
  if (depth < FEW) return true
  try {
    Reflect.apply(nothing, undefined, ROOM)
    return true
  } catch {
    return false
  }
}

/** Calls `step` when the outermost coroutine stands still. It must not throw. */
export function postpone(step: () => void): void {
  later.push(step)
}

function nothing(): void {}
