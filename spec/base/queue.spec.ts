/** A queue is what an array would be, whichever members leave it, and however often. */

import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Place, Queue } from '../../lib/base/queue.js'

const moves = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({ do: 'join' } as const) },
    fc.constant({ do: 'shift' } as const),
    fc.record({ do: fc.constant('leave' as const), at: fc.nat(99) }),
  ),
)

test('members stand in a queue in the order in which they joined, and a place left twice is left once', () => {
  fc.assert(
    fc.property(moves, (play) => {
      const queue = new Queue<number>()
      const places: Place<number>[] = []
      let expected: number[] = []
      for (const move of play) {
        if (move.do === 'join') {
          expected.push(places.length)
          places.push(queue.join(places.length))
        } else if (move.do === 'shift') {
          assert.is(queue.shift(), expected.shift())
        } else {
          const leaver = places[move.at % Math.max(1, places.length)]
          leaver?.leave()
          expected = expected.filter((member) => member !== leaver?.member)
        }
        assert.equal([...queue], expected)
        assert.equal([queue.size, queue.first], [expected.length, expected[0]])
      }
    }),
  )
})

test.run()
