/** A map that nearly always holds one value behaves as a map that holds many. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SmallMap } from '../../lib/cache/small-map.js'
import { SurrogateIndex } from '../../lib/cache/surrogate-index.js'
import { heldBy } from '../kit/garbage.js'

const [A, B, C] = [{ is: 'a' }, { is: 'b' }, { is: 'c' }]

test('a map of one value finds it under its name alone, and is empty once it is deleted', () => {
  const map = new SmallMap<object>()
  map.set('', A)
  assert.equal([map.size, map.get(''), map.get('b'), [...map.values()]], [1, A, undefined, [A]])
  map.delete('b')
  assert.is(map.size, 1)
  map.delete('')
  assert.equal([map.size, map.get(''), [...map.values()]], [0, undefined, []])
})

test('a second value under the same name replaces the first', () => {
  const map = new SmallMap<object>()
  map.set('a', A)
  map.set('a', B)
  assert.equal([map.size, map.get('a')], [1, B])
})

test('a map keeps its values in the order they came, down to the last one left', () => {
  const map = new SmallMap<object>()
  map.set('a', A)
  map.set('b', B)
  map.set('c', C)
  assert.equal([...map.values()], [A, B, C])
  map.delete('a')
  map.delete('c')
  assert.equal([map.size, map.get('a'), map.get('b')], [1, undefined, B])
  map.delete('b')
  assert.is(map.size, 0)
  map.set('c', C)
  assert.equal([...map.values()], [C])
})

test('the index lists each carrier of a surrogate key once, and removes each carrier alone', () => {
  const [a, b, c] = [{ surrogateKeys: ['k', 'a'] }, { surrogateKeys: ['k', 'k'] }, { surrogateKeys: ['k'] }]
  const index = new SurrogateIndex<typeof a>()
  index.add(a)
  assert.equal(index.carrying('k'), [a])
  index.add(b)
  index.add(b)
  assert.equal([index.carrying('k'), index.carrying('a')], [[a, b], [a]])
  index.remove(c)
  index.remove(a)
  assert.equal([index.carrying('k'), index.carrying('a')], [[b], []])
  index.remove(b)
  assert.equal(index.carrying('k'), [])
})

test('removing an object that is not in the index leaves the carrier of its surrogate key in place', () => {
  const [a, b] = [{ surrogateKeys: ['k'] }, { surrogateKeys: ['k'] }]
  const index = new SurrogateIndex<typeof a>()
  index.add(a)
  index.remove(b)
  assert.is(index.carrying('k')[0], a)
})

test('a map holds no value that was deleted, though it once held several', () => {
  const map = new SmallMap<object>()
  const held = heldBy(() => {
    map.set('a', new Array(100_000).fill(0))
    map.set('b', B)
    map.delete('a')
  })
  assert.ok(held < 100_000, `${held} bytes`)
  assert.is(map.size, 1)
})

test.run()
