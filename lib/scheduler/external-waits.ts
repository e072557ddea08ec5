/** How Effection programs, and coroutines of another scheduler, wait in a scheduler that they do not belong to. */

import type { Undo } from '../base/undo.js'
import { Coroutine, type Driver } from './coroutine.js'
import type { Handle } from './readiness.js'
import { Ready } from './ready.js'

/** See `Parking.onceReady`. A coroutine made for this waits for the handle; it is cancelled if the scheduler closes. */
export function onceReady(engine: Driver, handle: Handle, resume: (failure?: unknown) => void): Undo {
  const sentinel = new Coroutine(engine, () => new Ready(handle))
  let wanted = true
  sentinel.onFinish(() => {
    if (wanted) resume(sentinel.state === 'returned' ? undefined : sentinel.content)
  })
  engine.attach(sentinel)
  return () => {
    wanted = false
    sentinel.cancel()
  }
}

/**
 * Calls `resume` as soon as `target` has finished, and not a turn later: whoever waits may be polled before the scheduler
 * of `target` turns again.
 */
export function onceFinished(engine: Driver, target: Coroutine<unknown>, resume: () => void): Undo {
  engine.attachLater(target)
  const undo = target.onFinish(resume)
  return () => {
    undo()
    engine.detach(target)
  }
}
