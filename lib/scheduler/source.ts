/** Checks what a source of readiness gives: a wrong value could have a thread wait or spin for ever. */

import { BadHandleError, InvalidArgumentError } from '../base/errors.js'
import { printed } from '../base/options.js'
import type { Undo } from '../base/undo.js'
import type { Handle, Reaction, Readiness } from './readiness.js'

/** The selected handle. Throws for anything but an index or -1, for which the thread would ask again for ever. */
export function selected(handles: readonly Handle[], index: number): Handle | undefined {
  if (index === -1) return undefined
  const handle = handles[index]
  if (handle === undefined)
    throw new InvalidArgumentError(`the source's select gave ${printed(index)}, which is no index`)
  return handle
}

/** Throws for any other value, which would pass for `ready`. */
export function reaction(given: Reaction): Reaction {
  if (given === 'ready' || given === 'timeout' || given === 'never') return given
  throw new InvalidArgumentError(`the source's react gave ${printed(given)}, which is no reaction`)
}

/** Has `wake` called for each handle. What is no handle, such as the key of an object, is thrown back: it would wake nobody. */
export function watched(source: Readiness, wake: (handle: Handle) => void): Undo {
  const undo: unknown = source.watch((handle) => {
    if (handle >>> 0 !== handle) throw new BadHandleError(handle)
    wake(handle)
  })
  if (typeof undo !== 'function')
    throw new InvalidArgumentError(`the source's watch gave ${printed(undo)}, which is no undo`)
  return undo as Undo
}
