/** The wait graph, which lists in words what each coroutine waits for, and the error that carries it. */

import { named, TidewaitError } from '../base/errors.js'

/** One edge of the wait graph. */
export interface Wait {
  /** The coroutine, by the name of the function it was spawned from. */
  readonly coroutine: string
  /** What it waits for, in words. */
  readonly waitsFor: string
}

const OPENING = 'would block for ever on '

/** How many coroutines a message lists; the others are counted. */
const LISTED = 20

/** Thrown instead of blocking for ever: nothing that could wake this thread can happen while it blocks. */
export class WouldDeadlockError extends TidewaitError<'WouldDeadlock'> {
  /** Every parked coroutine and what it waits for. Empty where a source was called directly. */
  readonly waits: readonly Wait[]

  /** `why` continues "would block for ever on". A source that refuses to block leaves out `waits`; the driver adds them. */
  constructor(why: string, waits: readonly Wait[] = []) {
    super('WouldDeadlock', `${OPENING}${why}${printed(waits)}`)
    this.waits = waits
  }

  /** @internal This error with `waits`, if it has none yet: a source does not know who waits. */
  withWaits(waits: readonly Wait[]): WouldDeadlockError {
    const isWhole = this.waits.length > 0 || !this.message.startsWith(OPENING)
    return isWhole ? this : new WouldDeadlockError(this.message.slice(OPENING.length), waits)
  }
}

named({ WouldDeadlockError })

function printed(waits: readonly Wait[]): string {
  const lines = waits.slice(0, LISTED).map((wait) => `\n  ${wait.coroutine} waits for ${wait.waitsFor}`)
  if (waits.length > LISTED) lines.push(`\n  and ${waits.length - LISTED} more`)
  return lines.join('')
}
