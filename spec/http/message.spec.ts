/** Field lists keep order and repeated lines, whatever is read from them or changed. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { first, has, members, values, withField, without, withoutOuterSpace } from '../../lib/http/message.js'
import { lines } from './heads.js'

const FIELDS = lines('A: 1', 'B:', 'A: 2, 3,, ', 'C: x')

test('an empty field is not an absent one', () => {
  assert.is(first(FIELDS, 'b'), '')
  assert.ok(has(FIELDS, 'b'))
  assert.is(first(FIELDS, 'd'), undefined)
  assert.not(has(FIELDS, 'd'))
})

test('the lines of a field keep their order, and its members are those of all lines', () => {
  assert.is(first(FIELDS, 'a'), '1')
  assert.equal(values(FIELDS, 'a'), ['1', '2, 3,,'])
  assert.equal(members(FIELDS, 'a'), ['1', '2', '3'])
})

test('edits of a field list make a new list', () => {
  assert.equal(without(FIELDS, 'a', 'b'), lines('C: x'))
  assert.is(without(FIELDS, 'd'), FIELDS)
  assert.equal(withField(FIELDS, 'a', '4'), lines('B:', 'C: x', 'A: 4'))
  assert.is(FIELDS.length, 4)
})

test('white space goes from both ends of a value, and only from there, however much of it there is', () => {
  const long = ' \t'.repeat(200_000)
  for (const inner of ['', 'a', 'a b', '\xa0', `a${long}b`])
    for (const outer of ['', ' ', '\t ', long]) assert.is(withoutOuterSpace(outer + inner + outer), inner)
})

test.run()
