/** Parses delta-seconds: digits only, saturating (RFC 9111 1.2.2). */

/** The greatest number of seconds that is kept; a greater one on the wire counts as this. */
const MAX_DELTA_SECONDS = 2 ** 32 - 1

/** `text` as delta-seconds; `undefined` for anything but digits: no sign, no fraction, not empty. */
export function parseDeltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : undefined
}
