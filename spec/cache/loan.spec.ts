/** The count of hits on a lent object, which all threads share as one word of 32 bits. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Loan } from '../../lib/cache/loan.js'
import { Standings, standingsMemory } from '../../lib/cache/standings.js'

for (const before of [2 ** 31 - 2, 2 ** 32 - 2, 2 ** 33 - 2]) {
  test(`hits are counted on from ${before}, those of this thread and those of others`, () => {
    const memory = standingsMemory()
    const loan = new Loan(new Standings(memory), 7, before)
    const other = new Standings(memory)
    assert.equal([loan.hits, loan.recalls], [before, 0])
    assert.is(loan.countHit(), before + 1)
    for (let hit = 0; hit < 5; hit++) other.countHit(7)
    assert.is(loan.countHit(), before + 7)
    assert.equal([loan.hits, loan.recalls, loan.takeUse(), loan.takeUse()], [before + 7, 5, true, false])
  })
}

test.run()
