/** How an iterator goes on returning that was told to return and had to wait on its way. */

import { type Effect, Ok, type Operation } from 'effection'

/**
 * Whoever is told to return and yields is sent a plain result afterwards, and `yield*` takes that for a result like any
 * other: the generator around it goes on as if nobody had told it to stop. Yielding this instead, it is told once more.
 */
export class Leave implements Effect<never> {
  get description(): string {
    return 'to leave'
  }

  enter(...[, routine]: Parameters<Effect<never>['enter']>): ReturnType<Effect<never>['enter']> {
    routine.unwind()
    return (exited) => exited(Ok())
  }
}

/** Goes no further. */
export function* leave(): Operation<never> {
  return (yield new Leave()) as never
}
