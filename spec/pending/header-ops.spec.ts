/** Header edits are applied in order, once, to the answer they are meant for (semantics 1.5). */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AlreadyFinishedError, InvalidArgumentError } from '../../lib/base/errors.js'
import type { Fields } from '../../lib/http/message.js'
import { HeaderOps, type HeaderTarget } from '../../lib/pending/header-ops.js'
import { thrownBy } from '../kit/failures.js'

const GIVEN: Fields = [
  ['x-a', '1'],
  ['x-b', '2'],
  ['x-a', '3'],
]

test('set replaces all values, append adds one, remove deletes all: in the order they were asked for', () => {
  const ops = new HeaderOps()
  ops.add('set', 'x-a', 'set')
  ops.add('append', 'x-a', 'appended')
  ops.add('remove', 'x-b', '')
  ops.add('append', 'x-b', 'again')
  const fields = ops.apply(GIVEN, 'response')
  assert.equal([...fields].sort(), [
    ['x-a', 'appended'],
    ['x-a', 'set'],
    ['x-b', 'again'],
  ])
})

test('a set forgets earlier appends of the same name, and a remove forgets earlier sets', () => {
  const ops = new HeaderOps()
  ops.add('append', 'x-a', 'appended')
  ops.add('set', 'x-a', 'set')
  ops.add('set', 'x-b', 'set')
  ops.add('remove', 'x-b', '')
  assert.equal(ops.apply(GIVEN, 'response'), [['x-a', 'set']])
})

test('header names are compared without case, and header values lose the space around them', () => {
  const ops = new HeaderOps()
  ops.add('set', 'X-A', '  set ')
  ops.add('remove', 'X-b', '')
  assert.equal(ops.apply(GIVEN, 'response'), [['x-a', 'set']])
})

test('an edit applies to its target alone: response, which is the default, error, or any', () => {
  const made = (outcome: 'response' | 'error') => {
    const ops = new HeaderOps()
    ops.add('append', 'x-to', 'default')
    for (const target of ['response', 'error', 'any'] as const) ops.add('append', 'x-to', target, target)
    return ops.apply([], outcome).map(([, value]) => value)
  }
  assert.equal(made('response'), ['default', 'response', 'any'])
  assert.equal(made('error'), ['error', 'any'])
})

test('applying edits leaves the given fields as they are', () => {
  const ops = new HeaderOps()
  ops.add('remove', 'x-a', '')
  ops.apply(GIVEN, 'response')
  assert.is(GIVEN.length, 3)
})

test('an edit with an invalid name, value or target is refused at once, and leaves no trace', () => {
  const ops = new HeaderOps()
  for (const [name, value] of [
    ['', 'x'],
    ['not a name', 'x'],
    ['x', 'line\nbreak'],
    ['x', 'beyond latin: \u2603'],
  ] as const) {
    assert.instance(
      thrownBy(() => ops.add('set', name, value)),
      InvalidArgumentError,
      JSON.stringify([name, value]),
    )
  }
  assert.instance(
    thrownBy(() => ops.add('set', 'x', 'y', 'nobody' as HeaderTarget)),
    InvalidArgumentError,
  )
  assert.equal(ops.apply(GIVEN, 'response'), GIVEN)
})

test('2.9-4 edits are applied once to the response, and again to each error before or after it', () => {
  const ops = new HeaderOps()
  ops.add('append', 'x-a', 'appended', 'any')
  ops.seal()
  for (const answer of ['error', 'response', 'error'] as const)
    assert.equal(ops.apply([], answer), [['x-a', 'appended']])
  assert.throws(() => ops.apply([], 'response'), /2\.9-4/)
})

test('no edit can be added once the edits were applied or sealed', () => {
  const [applied, failed, sealed] = [new HeaderOps(), new HeaderOps(), new HeaderOps()]
  applied.apply([], 'response')
  failed.apply([], 'error')
  sealed.seal()
  for (const ops of [applied, failed, sealed]) {
    assert.instance(
      thrownBy(() => ops.add('set', 'x', 'y')),
      AlreadyFinishedError,
    )
  }
})

test('any list of edits gives what its edits would give one after another', () => {
  const edit = fc.record({
    kind: fc.constantFrom('set', 'append', 'remove' as const),
    name: fc.constantFrom('x-a', 'x-b', 'x-c'),
  })
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      const ops = new HeaderOps()
      let expected = GIVEN
      for (const [at, { kind, name }] of edits.entries()) {
        ops.add(kind, name, `${at}`)
        if (kind !== 'append') expected = expected.filter((field) => field[0] !== name)
        if (kind !== 'remove') expected = [...expected, [name, `${at}`]]
      }
      assert.equal(ops.apply(GIVEN, 'response'), expected)
    }),
  )
})

test.run()
