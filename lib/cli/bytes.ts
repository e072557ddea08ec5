/** Sizes as people write them. */

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 }
const SIZE = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i

/** `256MiB` in bytes; `undefined` for what is no size, or none above 0. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ''] = SIZE.exec(text) ?? []
  const factor = UNITS[unit.toLowerCase()]
  if (amount === undefined || factor === undefined) return undefined
  const bytes = Math.round(Number(amount) * factor)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}
