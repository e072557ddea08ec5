/** Random whole numbers from 0 to below a limit; the same seed gives the same numbers. */

export function seededRandom(seed: number): (limit: number) => number {
  let state = seed | 0
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 8) % limit
  }
}
