/** A figure counts only if every rival did the same work. */

/** Throws if this one did other work than the rest. */
export function check(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${what}: ${found}, not ${expected}`)
}
