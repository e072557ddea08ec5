/** How the library checks its own state, and what it throws where that is wrong. */

/** Whether all invariants are checked after each step: with `TIDEWAIT_INVARIANTS=1` in the environment. For development; slow. */
export function checksItself(): boolean {
  return process.env['TIDEWAIT_INVARIANTS'] === '1'
}

/** Throws an `Error` that names `rule`, unless the rule `holds`. */
export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`broken invariant: ${rule}`)
}
