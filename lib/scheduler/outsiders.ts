/** How those who are no coroutines of a scheduler wait there: Effection programs, and coroutines of another scheduler. */

import type { Undo } from '../base/undo.js'
import { Coroutine, type Driver } from './coroutine.js'
import type { Handle } from './readiness.js'
import { Ready } from './ready.js'

/** A coroutine waits for the handle in their place. */
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

/** At once, and not a turn later: whoever hears of it may be polled before the scheduler of `target` is turned again. */
export function onceFinished(engine: Driver, target: Coroutine<unknown>, resume: () => void): Undo {
  engine.attachLater(target)
  const undo = target.onFinish(resume)
  return () => {
    undo()
    engine.detach(target)
  }
}
