/** A measurement counts only if the rival did exactly the work that every other rival does. */

/** Throws if the rival did other work than expected; `what` names the quantity. */
export function check(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what}: ${found}, not ${expected}`)
}
