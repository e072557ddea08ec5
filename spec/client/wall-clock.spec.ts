/** The wall clock is compared with dates that came over the wire, and with nothing else: setting it changes no span of time. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatHttpDate } from '../../lib/http/dates.js'
import { openCache } from '../../lib/index.js'
import { TestClock } from '../kit/test-clock.js'

const URL = 'http://origin.example/'
const DAY_MS = 86_400_000

for (const [direction, byMs] of [
  ['back', -DAY_MS],
  ['forward', DAY_MS],
] as const) {
  test(`setting the wall clock ${direction} while an answer is on its way does not change its age`, async () => {
    const clock = new TestClock()
    const answered = async () => {
      await undefined
      clock.advance(20_000)
      clock.setWall(byMs)
      const headers = { date: formatHttpDate(clock.wallNow()), age: '10', 'cache-control': 'max-age=60' }
      return new Response('answer', { headers })
    }
    await using cache = openCache({ clock, fetch: answered })
    const { age, ttl, headers } = await cache.send(URL)
    assert.equal([age, ttl, headers.get('age')], [30, 30, '30'])
  })

  test(`setting the wall clock ${direction} once an answer is stored does not change its age`, async () => {
    const clock = new TestClock()
    const answered = async () => new Response('answer', { headers: { 'cache-control': 'max-age=60' } })
    await using cache = openCache({ clock, fetch: answered })
    await (await cache.send(URL)).text()
    clock.setWall(byMs)
    clock.advance(59_000)
    const { wasCached, isStale, age, ttl, headers } = await cache.send(URL)
    assert.equal([wasCached, isStale, age, ttl, headers.get('age')], [true, false, 59, 1, '59'])
  })
}

test.run()
