/** What the rest of the library uses besides the public face: coroutines to subclass, and operations that are done already. */

export { Coroutine } from './coroutine.js'
export type { Engine } from './engine.js'
export { known } from './known.js'
export { Scheduler } from './scheduler.js'
