/** Reads and writes sizes in bytes as people write them. */

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 }
const NAMES = ['B', 'KiB', 'MiB', 'GiB'] as const
const SIZE = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i

/** Reads a size such as `256MiB`; `undefined` if `text` is not a size above 0. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ''] = SIZE.exec(text) ?? []
  const factor = UNITS[unit.toLowerCase()]
  if (amount === undefined || factor === undefined) return undefined
  const bytes = Math.round(Number(amount) * factor)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Formats as `1.5 MiB`: in the largest unit that gives at least 1, with one decimal unless the number is whole. */
export function formatBytes(bytes: number): string {
  const step = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), NAMES.length - 1)
  return `${Number((bytes / 2 ** (10 * step)).toFixed(1))} ${NAMES[step]}`
}
