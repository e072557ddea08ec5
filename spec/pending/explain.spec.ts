/** What an explanation says is what then happens, and what `Cache-Status` says of it. */

import fc from 'fast-check'
import { parseList } from 'structured-headers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Decision, type Explanation, type HttpResponse, isSendError, type Stats } from '../../lib/index.js'
import { Barrier } from '../kit/barrier.js'
import { asked, type Event, event, FIRST, PLAIN, PURGEABLE, said, URL, World } from './explain-world.js'

/** What an answer shows of how it came about. */
interface Shown {
  readonly hit: boolean
  readonly forward: string | undefined
  readonly detail: string | undefined
  readonly collapsed: boolean | undefined
  readonly xCache: string | null
  readonly status: number
  readonly isStale: boolean
  readonly fetches: number
  readonly revalidates: boolean
}

async function shown(
  world: World,
  pending: PromiseLike<HttpResponse>,
  fetchesBefore: number,
): Promise<Shown | 'failed'> {
  let response: HttpResponse
  try {
    response = await pending
  } catch (failure) {
    if (isSendError(failure)) return 'failed'
    throw failure
  }
  const { status, headers, isStale = false, revalidation } = response
  const [, parameters] = parseList(headers.get('cache-status') ?? '').at(-1) ?? []
  await response.bytes()
  // A failure of the revalidation is no failure of the answer.
  await revalidation?.then(undefined, () => {})
  return {
    hit: parameters?.get('hit') === true,
    forward: parameters?.get('fwd')?.toString(),
    detail: parameters?.get('detail')?.toString(),
    collapsed: parameters?.get('collapsed') as boolean | undefined,
    xCache: headers.get('x-cache'),
    status,
    isStale,
    fetches: world.fetches - fetchesBefore,
    revalidates: revalidation !== undefined,
  }
}

/** Throws where the answer is not what the explanation said. */
function agree(said: Explanation, answer: Shown | 'failed'): void {
  const { decision, cacheStatus } = said
  if (answer === 'failed') {
    assert.ok(['fetch', 'direct', 'fetch-or-stale'].includes(decision), `${decision}, and it failed`)
    assert.not(cacheStatus.hit)
    return
  }
  const { hit, forward, detail, collapsed, xCache, status, isStale, fetches, revalidates } = answer
  if (decision === 'fetch-or-stale' && detail === 'stale-if-error') {
    assert.equal([hit, isStale, fetches], [true, true, 1])
    return
  }
  assert.equal({ hit, forward, collapsed: collapsed ?? false }, cacheStatus)
  assert.is(xCache, hit ? 'HIT' : 'MISS')
  switch (decision) {
    case 'hit':
      return assert.equal({ hit, isStale, fetches }, { hit: true, isStale: false, fetches: 0 })
    case 'stale':
      return assert.equal({ hit, isStale, fetches }, { hit: true, isStale: true, fetches: 0 })
    case 'stale-and-revalidate':
      return assert.equal(
        { hit, isStale, revalidates, fetches },
        { hit: true, isStale: true, revalidates: true, fetches: 1 },
      )
    case 'fetch':
    case 'fetch-or-stale':
    case 'direct':
      return assert.equal({ hit, fetches }, { hit: false, fetches: 1 })
    case 'refuse':
      return assert.equal({ status, fetches, detail }, { status: 504, fetches: 0, detail: 'only-if-cached' })
    case 'wait':
      return assert.unreachable('there was nobody to wait for')
  }
}

/** A waiter shares what its leader has fetched, as explained; unless the fetch failed, or the answer was not for sharing. */
function agreeAfterWaiting({ cacheStatus }: Explanation, told: Shown): void {
  const { hit, forward, collapsed, detail, fetches, revalidates } = told
  if (hit) assert.is(detail, 'stale-if-error')
  else if (detail === 'only-if-cached') assert.is(forward, undefined)
  // The answer it waited for may have come stale already: then it leads a background fetch beside that answer.
  else if (fetches === (revalidates ? 1 : 0)) assert.equal({ hit, forward, collapsed }, cacheStatus)
  else assert.ok(collapsed === false || forward === 'bypass')
}

/** The explanation, where the event is a request; throws where the answer is not what was explained. */
async function happen(world: World, event: Event): Promise<Explanation | undefined> {
  switch (event.event) {
    case 'origin':
      world.says = event.says
      return undefined
    case 'tick':
      world.clock.advance(event.ms)
      return undefined
    case 'purge': {
      const target = { url: { url: URL }, key: { surrogateKey: PURGEABLE }, all: { all: true } }[event.target]
      await world.cache.purge(target as { url: string }, { soft: event.soft && event.target !== 'all' })
      return undefined
    }
    case 'mark': {
      const pending = world.send(event.asked, (candidate) => candidate.setUncacheable({ record: event.record }))
      await shown(world, pending, 0)
      return undefined
    }
    case 'ask': {
      const before = world.cache.stats()
      const said = await world.explain(event.asked)
      assert.equal(traces(world.cache.stats()), traces(before), 'explaining leaves no trace')
      const { fetches } = world
      const answer = await shown(world, world.send(event.asked), fetches)
      try {
        agree(said, answer)
      } catch (failure) {
        throw new Error(`${said}\nsaid ${JSON.stringify(said.cacheStatus)}\ngot ${JSON.stringify(answer)}`, {
          cause: failure,
        })
      }
      return said
    }
  }
}

const traces = ({ transactions, sends }: Stats) => JSON.stringify([transactions, sends])

const test = suite('explain')
const limits = {
  numRuns: Number(process.env['RUNS'] ?? 500),
  interruptAfterTimeLimit: 60_000,
  markInterruptAsFailure: true,
}

const SWR = 'max-age=1, stale-while-revalidate=5'
const SIE = 'max-age=1, stale-if-error=5'
const PLAINLY: Event = { event: 'ask', asked: PLAIN }
const A_WHILE: Event = { event: 'tick', ms: 2000 }
const says = (cacheControl: string): Event => ({ event: 'origin', says: { ...FIRST, cacheControl } })
const asking = (...directives: string[]): Event => ({
  event: 'ask',
  asked: { ...PLAIN, headers: { 'cache-control': directives.join() } },
})

/** Histories that lead to every decision, before random ones. */
const EXAMPLES: readonly (readonly Event[])[] = [
  [PLAINLY, PLAINLY, asking('no-store'), asking('only-if-cached')],
  [asking('only-if-cached')],
  [says(SWR), PLAINLY, A_WHILE, PLAINLY, PLAINLY],
  [says(SWR), PLAINLY, A_WHILE, asking('only-if-cached')],
  [says(SIE), PLAINLY, A_WHILE, { event: 'origin', says: { ...FIRST, status: 'fails' } }, PLAINLY],
  [says('max-age=1'), PLAINLY, A_WHILE, asking('max-stale'), asking('no-cache')],
]

/** Which decisions one request after another can lead to; under `fastly` only the leader sees a stale object. */
const EVERYWHERE: Readonly<Record<'rfc9111' | 'fastly', readonly Decision[]>> = {
  rfc9111: ['direct', 'fetch', 'fetch-or-stale', 'hit', 'refuse', 'stale', 'stale-and-revalidate'],
  fastly: ['fetch', 'fetch-or-stale', 'hit', 'stale-and-revalidate'],
}

for (const policy of ['rfc9111', 'fastly'] as const) {
  test(`under ${policy}, what an explanation says is what then happens`, async () => {
    const met = new Set<Decision>()
    const history = fc.array(event, { maxLength: 14 })
    const property = fc.asyncProperty(history, async (events) => {
      await using world = new World(policy)
      for (const event of events) {
        const explanation = await happen(world, event)
        if (explanation) met.add(explanation.decision)
      }
    })
    await fc.assert(property, { ...limits, examples: EXAMPLES.map((events) => [[...events]]) })
    for (const decision of EVERYWHERE[policy]) assert.ok(met.has(decision), decision)
  })

  test(`under ${policy}, a request waits exactly where its explanation says so`, async () => {
    const met = new Set<Decision>()
    const property = fc.asyncProperty(fc.array(event, { maxLength: 6 }), said, asked, async (events, says, asked) => {
      await using world = new World(policy)
      for (const event of events) await happen(world, event)
      world.says = says
      world.gate = new Barrier()
      const leader = world.send({ ...asked, method: 'GET', headers: {}, cacheOverride: 'none' })
      leader.then(undefined, () => {})
      const explanation = await world.explain(asked)
      const waitingBefore = world.cache.stats().transactions.waiting
      const pending = world.send(asked)
      assert.is(world.cache.stats().transactions.waiting - waitingBefore, explanation.decision === 'wait' ? 1 : 0)
      const answer = shown(world, pending, world.fetches)
      world.gate.open()
      met.add(explanation.decision)
      const told = await answer
      if (explanation.decision === 'wait' && told !== 'failed') agreeAfterWaiting(explanation, told)
      if (told !== 'failed' && told.collapsed !== undefined) assert.is(explanation.decision, 'wait')
      await shown(world, leader, 0)
    })
    await fc.assert(property, limits)
    assert.ok(met.has('wait') && met.size > 3)
  })
}

test('a key with nothing but a mark is explained as a miss of the URI, not of a variant', async () => {
  await using world = new World('rfc9111')
  world.says = { ...world.says, cacheControl: 'private' }
  for (const _ of [1, 2]) {
    const { cacheStatus } = await world.explain(PLAIN)
    assert.equal(cacheStatus, { hit: false, forward: 'uri-miss', collapsed: false })
    const answer = await shown(world, world.send(PLAIN), world.fetches)
    assert.is(answer !== 'failed' && answer.forward, 'uri-miss')
  }
})

test('an explanation prints its steps, each with its rule', async () => {
  await using world = new World('rfc9111')
  world.says = { ...world.says, cacheControl: 'max-age=10, stale-while-revalidate=60', validator: '"1"' }
  await shown(world, world.send(PLAIN), 0)
  world.clock.advance(15_000)
  assert.equal(String(await world.explain(PLAIN)).split('\n'), [
    'GET http://origin.test/: stale-and-revalidate',
    '  method: GET may be answered from the cache (RFC 9111 2)',
    '  key: http://origin.test/ (RFC 9111 2)',
    '  age: 15 s old, fresh for 10 s (RFC 9111 4.2)',
    '  stale-while-revalidate: 5 s past that, within 60 s (RFC 5861 3)',
    '  fetch: fetched in the background, with the validator "1" (RFC 9111 4.3.1)',
  ])
})

test('after failed background fetches the explanation says that none is sent behind a stale answer, and for how long', async () => {
  await using world = new World('rfc9111')
  world.says = { ...world.says, cacheControl: 'max-age=10, stale-while-revalidate=60' }
  await shown(world, world.send(PLAIN), 0)
  world.clock.advance(15_000)
  world.says = { ...world.says, status: 'fails' }
  for (const _ of ['once', 'twice']) {
    assert.is((await world.explain(PLAIN)).decision, 'stale-and-revalidate')
    await shown(world, world.send(PLAIN), 0)
  }
  const { decision, steps } = await world.explain(PLAIN)
  assert.is(decision, 'stale')
  assert.equal(steps.at(-1), {
    step: 'back-off',
    finding: 'the last fetches failed, the next is due in 1 s',
    rule: 'semantics 2.7',
  })
})

test('an explanation says which directive of the request has turned a fresh answer away', async () => {
  await using world = new World('rfc9111')
  await shown(world, world.send(PLAIN), 0)
  const { decision, steps } = await world.explain({ ...PLAIN, headers: { 'cache-control': 'no-cache' } })
  assert.is(decision, 'fetch')
  assert.equal(steps.at(-2), {
    step: 'no-cache',
    finding: 'the request asks the origin first',
    rule: 'RFC 9111 5.2.1.4',
  })
})

test.run()
