/** What nearly always holds one value behaves as what holds many. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SmallMap } from '../../lib/cache/small-map.js'
import { SurrogateIndex } from '../../lib/cache/surrogate-index.js'

const [A, B, C] = [{ is: 'a' }, { is: 'b' }, { is: 'c' }]

test('one value is found under its name alone, and is gone once it is deleted', () => {
  const few = new SmallMap<object>()
  few.set('', A)
  assert.equal([few.size, few.get(''), few.get('b'), [...few.values()]], [1, A, undefined, [A]])
  few.delete('b')
  assert.is(few.size, 1)
  few.delete('')
  assert.equal([few.size, few.get(''), [...few.values()]], [0, undefined, []])
})

test('a second value under the same name takes the place of the first', () => {
  const few = new SmallMap<object>()
  few.set('a', A)
  few.set('a', B)
  assert.equal([few.size, few.get('a')], [1, B])
})

test('many are kept in the order they came, down to the last that is left', () => {
  const few = new SmallMap<object>()
  few.set('a', A)
  few.set('b', B)
  few.set('c', C)
  assert.equal([...few.values()], [A, B, C])
  few.delete('a')
  few.delete('c')
  assert.equal([few.size, few.get('a'), few.get('b')], [1, undefined, B])
  few.delete('b')
  assert.is(few.size, 0)
  few.set('c', C)
  assert.equal([...few.values()], [C])
})

test('carriers of one surrogate key are each there once, and each is removed alone', () => {
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

test('whoever is not the one carrier of a surrogate key does not take it away', () => {
  const [a, b] = [{ surrogateKeys: ['k'] }, { surrogateKeys: ['k'] }]
  const index = new SurrogateIndex<typeof a>()
  index.add(a)
  index.remove(b)
  assert.is(index.carrying('k')[0], a)
})

test.run()
