/** HTTP dates in their three formats, and texts that are none (RFC 9110 5.6.7). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHttpDate, parseHttpDate, withDate } from '../../lib/http/dates.js'
import { lines, NOW } from './heads.js'

const valid = [
  'Sun, 06 Nov 1994 08:49:37 GMT',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'sun, 06 nov 1994 08:49:37 gmt',
]

for (const text of valid) {
  test(`RFC 9110 5.6.7: "${text}" is an HTTP-date`, () => assert.is(parseHttpDate(text, NOW), NOW))
}

const invalid = [
  '',
  '0',
  '-1',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 1994 08:49:37 +0000',
  'Sun, 06 Nov 1994 8:49:37 GMT',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 94 08:49:37 GMT',
  'Sun 06 Nov 1994 08:49:37 GMT',
  'Sun,  06 Nov 1994 08:49:37 GMT',
  'Sun, 06-Nov-1994 08:49:37 GMT',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:00 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  '1994-11-06T08:49:37Z',
  'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
]

for (const text of invalid) {
  test(`"${text}" is not an HTTP-date`, () => assert.is(parseHttpDate(text, NOW), undefined))
}

test('a two-digit year more than 50 years ahead is the past one', () => {
  const year = (text: string, now: number) =>
    new Date(parseHttpDate(`Sunday, 06-Nov-${text} 08:49:37 GMT`, now) ?? Number.NaN).getUTCFullYear()
  assert.is(year('94', NOW), 1994)
  assert.is(year('44', NOW), 2044)
  assert.is(year('45', NOW), 1945)
  assert.is(year('94', Date.UTC(2026, 0)), 1994)
  assert.is(year('76', Date.UTC(2026, 0)), 2076)
  assert.is(year('77', Date.UTC(2026, 0)), 1977)
  assert.is(year('10', Date.UTC(2080, 0)), 2110)
})

test('without a clock, two-digit years are those from 1970 to 2069', () => {
  const year = (text: string) =>
    new Date(parseHttpDate(`Sunday, 06-Nov-${text} 08:49:37 GMT`) ?? Number.NaN).getUTCFullYear()
  assert.is(year('70'), 1970)
  assert.is(year('69'), 2069)
})

test('the last second of a day is a valid date, and so is a leap second after it', () => {
  assert.is(parseHttpDate('Sat, 31 Dec 2016 23:59:59 GMT'), Date.UTC(2017, 0) - 1000)
  assert.is(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT'), Date.UTC(2017, 0))
})

test('a year below 100 is that year', () => {
  assert.is(new Date(parseHttpDate('Sun, 06 Nov 0050 08:49:37 GMT') ?? Number.NaN).getUTCFullYear(), 50)
})

test('a date is read by itself, whatever was read before it', () => {
  const dates: readonly (readonly [text: string, ms: number | undefined])[] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', NOW],
    ['Sun, 06 Nov 1994 08:49:38 GMT', NOW + 1000],
    ['Sun, 31 Feb 1994 08:49:37 GMT', undefined],
    ['Sunday, 06-Nov-94 08:49:37 GMT', NOW],
    ['', undefined],
  ]
  for (const [before] of dates)
    for (const [text, ms] of dates) {
      parseHttpDate(before, NOW)
      assert.is(parseHttpDate(text, NOW), ms)
    }
})

test('dates are written as IMF-fixdate', () => {
  assert.is(formatHttpDate(NOW), 'Sun, 06 Nov 1994 08:49:37 GMT')
  assert.is(parseHttpDate(formatHttpDate(0)), 0)
})

test('RFC 9110 6.6.1: a message without Date gets that of its receipt, and any other keeps its own', () => {
  assert.equal(withDate(lines('X: 1'), NOW), lines('X: 1', `Date: ${formatHttpDate(NOW)}`))
  assert.equal(withDate(lines('Date: never'), NOW), lines('Date: never'))
})

test.run()
