/** Field names in lower case, interned: one string for each name, however many stored answers have it. */

const names = new Map<string, string>()

/** Bounds, so that an origin which sends new names with every answer cannot fill the memory. */
const MOST_NAMES = 1000
const LONGEST = 64

/** `raw` in lower case (RFC 9110 5.1). */
export function fieldName(raw: string): string {
  const known = names.get(raw)
  if (known !== undefined) return known
  const name = raw.toLowerCase()
  if (names.size < MOST_NAMES && raw.length <= LONGEST) names.set(raw, name)
  return name
}
