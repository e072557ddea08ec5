/** What the rest of the library builds on, and nobody else: a coroutine that can be subclassed, and its scheduler. */

export { Coroutine } from './coroutine.js'
export { Scheduler } from './scheduler.js'
