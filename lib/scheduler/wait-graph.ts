/** Who waits for what, as a person reads it, and the error that carries it. */

import { named, TidewaitError } from '../base/errors.js'

/** One edge of the wait graph. */
export interface Wait {
  /** The coroutine, by the name of the function it was spawned from. */
  readonly coroutine: string
  /** What it waits for, in words. */
  readonly waitsFor: string
}

const OPENING = 'would block for ever on '

/** Coroutines listed in a message; the rest is counted. */
const LISTED = 20

/** Blocking here would never end: nothing that could wake this thread can happen while it blocks. */
export class WouldDeadlockError extends TidewaitError<'WouldDeadlock'> {
  /** Every parked coroutine and what it waits for. Empty where a source was asked by itself. */
  readonly waits: readonly Wait[]

  /** `why` goes on after "would block for ever on". A source that refuses to block has no graph to give: `wait` adds it. */
  constructor(why: string, waits: readonly Wait[] = []) {
    super('WouldDeadlock', `${OPENING}${why}${printed(waits)}`)
    this.waits = waits
  }

  /** @internal What a source threw that does not know who waits, with those who do. */
  among(waits: readonly Wait[]): WouldDeadlockError {
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
