/** Plays one test through one cache, and returns what the callers and the origin observed. */

import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from './caches/cache.js'
import { at, Caller, type Observation } from './caller.js'
import type { CollapseTest, Count, Crowd, Setup } from './declaration.js'
import type { Ledger, Origin } from './origin.js'

/** A caller without an answer after this time is taken never to get one. */
const DEADLINE_MS = 20_000
/** How long an expected origin request may take to arrive after all callers are done. */
const LATE_MS = 2000
/** How long to wait for unexpected origin requests. One that comes later is not counted. */
const GRACE_MS = 50

export interface Outcome {
  readonly observations: readonly Observation[]
  /** When the origin was allowed to answer: all callers but the late ones had sent, and the cache had received their requests. */
  readonly gateOpenedAt: number
  /** The requests of the crowds that reached the origin. */
  readonly ledger: Ledger
}

export interface Stage {
  readonly origin: Origin
  readonly cache: Running
  /** The path that this test requests, and no other. */
  readonly path: string
}

/** Sends the setup requests one after another. Returns the time at which the last one had ended. */
export async function prepare(test: CollapseTest, { origin, cache, path }: Stage): Promise<number> {
  const setup = test.setup ?? []
  const answers = setup.map(({ response }) => ({ response_pause: 0, ...response }))
  await origin.begin({ path, answers, gate: 'open', first: 1 })
  for (const each of setup) await sendSetup(cache.port, path, each)
  return performance.now()
}

export async function play(test: CollapseTest, { origin, cache, path }: Stage, callers: number): Promise<Outcome> {
  const first = (test.setup ?? []).length + 1
  await origin.begin({ path, answers: test.responses, gate: 'closed', first })
  const crowd = crowdPerCaller(test, callers)
  const all = await Promise.all(crowd.map((each, at) => Caller.connect(cache.port, path, at + 1, each)))
  const when = (sends: NonNullable<Crowd['sends']>) => all.filter((each) => (each.crowd.sends ?? 'together') === sends)
  const [leaders, together, late] = [when('first'), when('together'), when('late')]

  const received = await cache.watchRequests(leaders.length + together.length)
  await Promise.all(leaders.map((each) => each.send()))
  if (leaders.length > 0) await within(DEADLINE_MS, origin.reached({ path, count: 1 }))
  await Promise.all(together.map((each) => each.send()))
  await within(DEADLINE_MS, received())
  for (const each of all) if (each.crowd.leaves === 'waiting') each.leave()
  const gateOpenedAt = performance.now()
  await origin.open({ path })
  if (late.length > 0) {
    await within(DEADLINE_MS, Promise.race(leaders.map((each) => each.begun)))
    await Promise.all(late.map((each) => each.send()))
  }
  const [slowReaders, others] = [all.filter(readsLast), all.filter((each) => !readsLast(each))]
  await within(DEADLINE_MS, Promise.all(others.map((each) => each.finished)))
  for (const each of slowReaders) each.read()
  await within(DEADLINE_MS, Promise.all(slowReaders.map((each) => each.finished)))
  const observations = all.map((each) => each.observation())
  for (const each of all) each.leave()
  return { observations, gateOpenedAt, ledger: await settled(test, origin, path) }
}

/** The crowd of each caller, in the order of the declaration. */
function crowdPerCaller({ requests }: CollapseTest, callers: number): Crowd[] {
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

/** Waits for `work`, but not longer than `ms`. Work that is not done by then shows as a missing answer or request. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const time = new AbortController()
  await Promise.race([work, pause(ms, undefined, { signal: time.signal })])
  time.abort()
}

/** Sends a setup request, and resolves once it has ended, well or badly. */
async function sendSetup(
  port: number,
  path: string,
  { request_method = 'GET', request_headers = [] }: Setup,
): Promise<void> {
  const headers = Object.fromEntries(request_headers)
  const sent = request({ ...at(port), path, method: request_method, headers, agent: false }).end()
  sent.on('response', (response) => response.on('error', () => {}).resume())
  sent.on('error', () => {})
  await once(sent, 'close')
}

function readsLast({ crowd }: Caller): boolean {
  return crowd.reads === 'last'
}
