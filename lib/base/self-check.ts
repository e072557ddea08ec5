/** Whether the library checks itself while it works, and what it throws where it must find itself wrong. */

/** For development, with `TIDEWAIT_INVARIANTS=1` in the environment; slow. */
export function checksItself(): boolean {
  return process.env['TIDEWAIT_INVARIANTS'] === '1'
}

/** Throws `Error` with the rule that is broken. */
export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${rule}`)
}
