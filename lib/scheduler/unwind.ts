/** An effect that has the generator which yields it told to return, for iterators that had to wait while they returned. */

import { type Effect, Ok, type Operation } from 'effection'

/**
 * An iterator that is told to return may yield first, to wait. It is resumed by `next` after that, and when it then ends,
 * `yield*` takes its end for a plain result: the generator around it goes on as if nobody had told it to stop. An iterator
 * that yields this effect last has that generator told to return once more.
 */
export class Unwind implements Effect<never> {
  get description(): string {
    return 'to unwind'
  }

  enter(...[, routine]: Parameters<Effect<never>['enter']>): ReturnType<Effect<never>['enter']> {
    routine.unwind()
    return (exited) => exited(Ok())
  }
}

/** Goes no further: whoever yields this is told to return. */
export function* unwind(): Operation<never> {
  return (yield new Unwind()) as never
}
