/** Checks what scenes expect. */

import { CommandError } from '../kit/usage.js'

export class MissedError extends CommandError {}

/** @throws MissedError if `actual` is not `expected` */
export function expect<T>(what: string, actual: T, expected: T): void {
  if (actual !== expected) throw new MissedError(`${what}: ${String(actual)}, not ${String(expected)}`)
}
