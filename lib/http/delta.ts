/** Seconds as HTTP writes them: digits only, saturating (RFC 9111 1.2.2). */

/** The greatest number of seconds the library keeps; a greater one on the wire counts as this. */
const MAX_DELTA_SECONDS = 2 ** 32 - 1

/** `text` as delta-seconds, or `undefined` where it is anything but digits: no sign, no fraction, not empty. */
export function parseDeltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : undefined
}
