/** How old an answer is when it comes, and later (RFC 9111 4.2.3, 5.1). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ageField,
  ageValueSeconds,
  correctedInitialAgeSeconds,
  currentAgeSeconds,
  hasValidAge,
  initialAgeSeconds,
} from '../../lib/http/age.js'
import { formatHttpDate } from '../../lib/http/dates.js'
import { fastly, rfc9111 } from '../../lib/http/policy.js'
import { lines, NOW } from './heads.js'

const ageValues: readonly (readonly [fields: readonly string[], seconds: number])[] = [
  [[], 0],
  [['Age: 30'], 30],
  [['Age: 30, 40'], 30],
  [['Age: 30', 'Age: 40'], 30],
  [['Age: 007'], 7],
  [['Age: -1'], 0],
  [['Age: 1.5'], 0],
  [['Age: soon'], 0],
  [['Age:'], 0],
  [['Age: 99999999999999999999'], 2 ** 32 - 1],
]

for (const [fields, seconds] of ageValues) {
  test(`RFC 9111 5.1: ${JSON.stringify(fields)} means an age of ${seconds} seconds`, () => {
    assert.is(ageValueSeconds(lines(...fields)), seconds)
  })
}

const exchange = (delayMs: number, ...fields: readonly string[]) => ({
  fields: lines(...fields),
  delayMs,
  responseWallMs: NOW,
})
const dated = (secondsAgo: number) => `Date: ${formatHttpDate(NOW - secondsAgo * 1000)}`

test('RFC 9111 4.2.3: the corrected initial age is Age plus delay, or the time since Date if that is more', () => {
  assert.is(correctedInitialAgeSeconds(exchange(0)), 0)
  assert.is(correctedInitialAgeSeconds(exchange(1500, 'Age: 10')), 11)
  assert.is(correctedInitialAgeSeconds(exchange(1500, 'Age: 10', dated(60))), 60)
  assert.is(correctedInitialAgeSeconds(exchange(1500, 'Age: 10', dated(-60))), 11)
  assert.is(correctedInitialAgeSeconds(exchange(0, 'Date: yesterday')), 0)
})

test('a response delay of less than a second adds no age', () => {
  assert.is(correctedInitialAgeSeconds(exchange(999, 'Age: 10')), 10)
})

for (const [fields, valid] of [
  [[], true],
  [['Age: 007'], true],
  [['Age:'], false],
  [['Age: -1'], false],
  [['Age: 7200.0'], false],
  [['Age: 0, 0'], false],
  [['Age: 0', 'Age: 0'], false],
  [['Age: 7200;a=b'], false],
] as const) {
  test(`${JSON.stringify(fields)} is ${valid ? '' : 'no '}valid freshness information`, () => {
    assert.is(hasValidAge(lines(...fields)), valid)
  })
}

test('a Date within the same second adds no age', () => {
  const late = { fields: lines(dated(0)), delayMs: 0, responseWallMs: NOW + 900 }
  assert.is(correctedInitialAgeSeconds(late), 0)
})

test('semantics 3.4: under fastly neither Date nor the delay governs freshness', () => {
  const slow = exchange(5000, 'Age: 10', dated(60))
  assert.is(initialAgeSeconds(slow, rfc9111), 60)
  assert.is(initialAgeSeconds(slow, fastly), 10)
})

test('T86: an answer of Age 5 stored 3 seconds ago is 8 seconds old', () => {
  assert.is(ageField(currentAgeSeconds(exchange(0, 'Age: 5'), NOW + 3000)), '8')
})

test('a wall clock that is set back makes no answer younger', () => {
  assert.is(currentAgeSeconds(exchange(0, 'Age: 5'), NOW - 3000), 5)
})

test('the Age field is rounded up and saturates', () => {
  assert.is(ageField(0), '0')
  assert.is(ageField(7.001), '8')
  assert.is(ageField(2 ** 40), '2147483648')
})

test.run()
