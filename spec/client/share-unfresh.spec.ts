/** Which waiters share an answer of freshness 0 with their leader (`shareUnfresh`). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache, type PendingRequest, type Policy, rfc9111 } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { startOrigin } from '../kit/origin.js'

type Fields = Readonly<Record<string, string>>

/** Everybody asks for one page before anybody has it; what each was told, and how many requests there were, and at once. */
async function told(shareUnfresh: Policy['shareUnfresh'], asked: readonly Fields[], leaders: number) {
  await using origin = await startOrigin()
  await using cache = openCache({ policy: { ...rfc9111, shareUnfresh } })
  const together = new Barrier()
  let nth = 0
  origin.on('/', async ({ header }) => {
    if (++nth > 1) await together.opened
    return { headers: { 'Cache-Control': 'max-age=0', ETag: '"1"' }, body: `for ${header('x-user')}` }
  })
  const gate = origin.hold('/')
  const begin = (headers: Fields): PendingRequest => cache.send(origin.url('/'), { headers })
  const all = asked.map(begin).map(async (pending) => (await pending).text())
  await origin.arrived('/', 1)
  gate.open()
  // The others are at the origin all at once, or have been answered.
  if (leaders > 1) await origin.arrived('/', leaders)
  together.open()
  const bodies = await Promise.all(all)
  assert.is(origin.count('/'), leaders)
  return bodies
}

const as = (user: string): Fields => ({ 'X-User': user })
const CROWD = [as('ada'), as('ada'), as('bob'), as('cem'), as('bob')]

test('by default all waiters share an answer of freshness 0', async () => {
  assert.equal(await told(true, CROWD, 1), Array(5).fill('for ada'))
})

test("with shareUnfresh alike, waiters whose fields are the leader's share, and the others fetch at once", async () => {
  assert.equal(await told('alike', CROWD, 4), ['for ada', 'for ada', 'for bob', 'for cem', 'for bob'])
})

test('with shareUnfresh alike, a range or a condition makes no difference: it is not sent', async () => {
  const asked = [as('ada'), { ...as('ada'), Range: 'bytes=0-1' }, { ...as('ada'), 'If-None-Match': '"1"' }]
  assert.equal(await told('alike', asked, 1), ['for ada', 'fo', ''])
})

test.run()
