/** What becomes of a scene that does not do what it says. */

import { CommandError } from '../kit/usage.js'

export class MissedError extends CommandError {}

/** @throws MissedError, unless `actual` is what a scene says it is. */
export function expect<T>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new MissedError(`${what}: ${String(actual)}, not ${String(expected)}`)
}
