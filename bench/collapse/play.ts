/** Plays one test through one cache, and gives back what everybody saw. */

import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from './caches/cache.js'
import { at, Caller, type Sight } from './caller.js'
import type { CollapseTest, Count, Crowd, Setup } from './declaration.js'
import type { Ledger, Origin } from './origin.js'

/** A caller that has no answer by then never gets one. */
const DEADLINE_MS = 20_000
/** How long a request that is expected at the origin may be on its way when all callers are done already. */
const LATE_MS = 2000
/** How long one that is not expected has to give itself away. */
const GRACE_MS = 50

export interface Seen {
  readonly sights: readonly Sight[]
  /** When the origin was free to answer: all had sent, and the cache had taken what they sent. */
  readonly openAt: number
  /** What of the crowd reached the origin. */
  readonly ledger: Ledger
}

export interface Stage {
  readonly origin: Origin
  readonly cache: Running
  /** Where this test is played: a path that no other has. */
  readonly path: string
}

/** The requests before the crowd. Returns when they had ended. */
export async function prepare(test: CollapseTest, { origin, cache, path }: Stage): Promise<number> {
  const setup = test.setup ?? []
  const answers = setup.map(({ response }) => ({ response_pause: 0, ...response }))
  await origin.begin({ path, answers, gate: 'open', first: 1 })
  for (const each of setup) await ask(cache.port, path, each)
  return performance.now()
}

export async function play(test: CollapseTest, { origin, cache, path }: Stage, callers: number): Promise<Seen> {
  const first = (test.setup ?? []).length + 1
  await origin.begin({ path, answers: test.responses, gate: 'closed', first })
  const crowd = crowdOf(test, callers)
  const all = await Promise.all(crowd.map((each, at) => Caller.connect(cache.port, path, at + 1, each)))
  const when = (sends: NonNullable<Crowd['sends']>) => all.filter((each) => (each.crowd.sends ?? 'together') === sends)
  const [leaders, together, late] = [when('first'), when('together'), when('late')]

  const taken = await cache.taken(leaders.length + together.length)
  await Promise.all(leaders.map((each) => each.send()))
  if (leaders.length > 0) await within(DEADLINE_MS, origin.reached({ path, count: 1 }))
  await Promise.all(together.map((each) => each.send()))
  await within(DEADLINE_MS, taken())
  for (const each of all) if (each.crowd.leaves === 'waiting') each.leave()
  const openAt = performance.now()
  await origin.open({ path })
  if (late.length > 0) {
    await within(DEADLINE_MS, Promise.race(leaders.map((each) => each.begun)))
    await Promise.all(late.map((each) => each.send()))
  }
  const [last, others] = [all.filter(isLast), all.filter((each) => !isLast(each))]
  await within(DEADLINE_MS, Promise.all(others.map((each) => each.finished)))
  for (const each of last) each.read()
  await within(DEADLINE_MS, Promise.all(last.map((each) => each.finished)))
  const sights = all.map((each) => each.sight())
  for (const each of all) each.leave()
  return { sights, openAt, ledger: await settled(test, origin, path) }
}

/** Each caller's crowd, in the order they are declared. */
function crowdOf({ requests }: CollapseTest, callers: number): Crowd[] {
  const left = callers - requests.reduce((sum, { callers = 0 }) => sum + callers, 0)
  const open = requests.filter(({ callers }) => callers === undefined).length
  return requests.flatMap((crowd) => {
    const count = crowd.callers ?? Math.max(1, Math.floor(left / open))
    return Array.from({ length: count }, () => crowd)
  })
}

async function settled(test: CollapseTest, origin: Origin, path: string): Promise<Ledger> {
  const least = leastOf(test.expected_origin_requests)
  if (least > 0) await within(LATE_MS, origin.reached({ path, count: least }))
  await pause(GRACE_MS)
  return origin.ledger({ path })
}

function leastOf(count: Count | undefined): number {
  return typeof count === 'number' ? count : 0
}

/** What is not done by then is not waited for: what is missing will show. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const time = new AbortController()
  await Promise.race([work, pause(ms, undefined, { signal: time.signal })])
  time.abort()
}

/** One request, to its end, whichever that is. */
async function ask(port: number, path: string, { request_method = 'GET', request_headers = [] }: Setup): Promise<void> {
  const headers = Object.fromEntries(request_headers)
  const asked = request({ ...at(port), path, method: request_method, headers, agent: false }).end()
  asked.on('response', (response) => response.on('error', () => {}).resume())
  asked.on('error', () => {})
  await once(asked, 'close')
}

function isLast({ crowd }: Caller): boolean {
  return crowd.reads === 'last'
}
