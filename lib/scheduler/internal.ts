/** What the rest of the library uses beyond the public names: the classes to subclass, the engine, and `known`. */

export { Coroutine } from './coroutine.js'
export type { Engine } from './engine.js'
export { known } from './known.js'
export { Scheduler } from './scheduler.js'
