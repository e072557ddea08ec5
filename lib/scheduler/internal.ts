/** What the rest of the library builds on, and nobody else: a coroutine that can be subclassed, its scheduler, and an operation that is done already. */

export { Coroutine } from './coroutine.js'
export { known } from './known.js'
export { Scheduler } from './scheduler.js'
