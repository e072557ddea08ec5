/** Random numbers that are the same in every run. */

/** `count` different indices below `size`, in random order; the same for the same `seed`. */
export function randomIndices(size: number, count: number, seed: number): number[] {
  const indices = Uint32Array.from({ length: size }, (_, index) => index)
  const random = uniform(seed)
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random() * (size - at))
    const swapped = indices[at] as number
    indices[at] = indices[other] as number
    indices[other] = swapped
  }
  return Array.from(indices.subarray(0, count))
}

/** Makes numbers from 0 to below 1: a counter stepped by the golden ratio, its bits mixed by two multiplications. */
function uniform(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
