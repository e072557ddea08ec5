/** Converts HTTP dates to milliseconds since the Unix epoch and back (RFC 9110 5.6.7). */

import { type Fields, has } from './message.js'

const IMF_FIXDATE = /^(?:sun|mon|tue|wed|thu|fri|sat), (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) gmt$/
const RFC_850 = /^(?:sun|mon|tues|wednes|thurs|fri|satur)day, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) gmt$/
const ASCTIME = /^(?:sun|mon|tue|wed|thu|fri|sat) ([a-z]{3}) (\d{2}| \d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * The time that `text` names; `undefined` if it is not an HTTP-date. Letter case is ignored, and a zone other than GMT is invalid
 * (RFC 9111 4.2). A two-digit year that seems more than 50 years ahead of `nowMs` is the past one; without `nowMs`, 70 to 99
 * are of the 20th century.
 */
export function parseHttpDate(text: string, nowMs?: number): number | undefined {
  if (text === lastRead.text) return lastRead.ms
  const date = text.toLowerCase()
  const imf = IMF_FIXDATE.exec(date)
  if (imf !== null) {
    lastRead = { text, ms: utc(Number(imf[3]), imf[2], imf[1], imf.slice(4)) }
    return lastRead.ms
  }
  const asctime = ASCTIME.exec(date)
  if (asctime !== null) return utc(Number(asctime[6]), asctime[1], asctime[2], asctime.slice(3, 6))
  const rfc850 = RFC_850.exec(date)
  if (rfc850 === null) return undefined
  const shortYear = Number(rfc850[3])
  const at = (year: number) => utc(year, rfc850[2], rfc850[1], rfc850.slice(4))
  if (nowMs === undefined) return at(shortYear + (shortYear < 70 ? 2000 : 1900))
  return at(centuryOf(nowMs) + shortYear + 100 * pastOrFuture(shortYear, nowMs))
}

/** The last IMF-fixdate: answers of one second have the same date. In another format its meaning could depend on `nowMs`. */
let lastRead: { readonly text?: string; readonly ms?: number | undefined } = {}

/** `ms` as IMF-fixdate, the only format that may be sent. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

/** `fields` with a `Date`. A recipient adds it to a message that it caches or forwards, if there is none (RFC 9110 6.6.1). */
export function withDate(fields: Fields, receivedWallMs: number): Fields {
  return has(fields, 'date') ? fields : [...fields, ['date', formatHttpDate(receivedWallMs)]]
}

function centuryOf(ms: number): number {
  return Math.floor(new Date(ms).getUTCFullYear() / 100) * 100
}

/** Which century a two-digit year means, relative to the present one: the last in which it is not more than 50 years ahead. */
function pastOrFuture(shortYear: number, nowMs: number): -1 | 0 | 1 {
  const ahead = shortYear - (new Date(nowMs).getUTCFullYear() % 100)
  if (ahead > 50) return -1
  return ahead <= -50 ? 1 : 0
}

function utc(year: number, month = '', day = '', time: readonly string[] = []): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map(Number)
  const monthIndex = MONTHS.indexOf(month)
  // A leap second is a valid 60.
  if (monthIndex < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, monthIndex, Number(day))
  // A day that the month does not have would become a day of the next month.
  return date.getUTCDate() === Number(day) ? date.setUTCHours(hour, minute, second) : undefined
}
