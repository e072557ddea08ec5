/** Whatever the hooks of many requests ask for, each request comes to an end, and in the end nothing is held. */

import type { Operation } from 'effection'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Cache, openCache, type SendInit, type Stats, startHost } from '../../lib/index.js'
import { until } from '../bridge/crew.js'
import type { Answer } from '../kit/answer.js'
import { startOrigin } from '../kit/origin.js'

const { GRAPH_RUNS = '60', GRAPH_SEED } = process.env
/** Far more than any run takes: one that never ends fails, and says which program that was. */
const PATIENCE_MS = 20_000

const test = suite('hook graphs')
const origin = await startOrigin()
test.after(() => origin[Symbol.asyncDispose]())

/** A request, and what its hook asks for, one after the other. */
interface Ask {
  readonly page: number
  readonly when: 'beforeSend' | 'afterSend'
  readonly how: 'generator' | 'async'
  readonly reads: 'head' | 'body'
  readonly asks: readonly Ask[]
}

/** What is asked, and on which of the caches. */
interface Program {
  readonly kinds: readonly (keyof typeof KINDS)[]
  readonly roots: readonly (readonly [ask: Ask, cache: number])[]
}

const KINDS = {
  fresh: { headers: { 'cache-control': 'max-age=60' }, body: 'tide' },
  private: { headers: { 'cache-control': 'private' }, body: 'tide' },
  unfresh: { headers: { 'cache-control': 'max-age=0', etag: '"1"' }, body: 'tide' },
  varied: { headers: { 'cache-control': 'max-age=60', vary: 'x' }, body: 'tide' },
  streamed: { headers: { 'cache-control': 'max-age=60' }, body: ['ti', 'de'] },
  failing: { status: 503, body: 'ebb' },
} satisfies Record<string, Answer>

function askOfDepth(depth: number): fc.Arbitrary<Ask> {
  return fc.record({
    page: fc.nat(2),
    when: fc.constantFrom('beforeSend', 'afterSend'),
    how: fc.constantFrom('generator', 'async'),
    reads: fc.constantFrom('head', 'body'),
    asks: depth === 0 ? fc.constant([]) : fc.array(askOfDepth(depth - 1), { maxLength: 2 }),
  })
}

const programs: fc.Arbitrary<Program> = fc.record({
  kinds: fc.array(fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])), { minLength: 3, maxLength: 3 }),
  roots: fc.array(fc.tuple(askOfDepth(3), fc.nat(2)), { minLength: 2, maxLength: 6 }),
})

/** The options of a request on `cache` with the hook that `asked` says. A hook catches each failure, and goes on. */
function init(cache: Cache, urls: readonly string[], { when, how, asks }: Ask): SendInit {
  if (asks.length === 0) return {}
  function* steps(): Operation<void> {
    for (const each of asks) {
      try {
        const response = yield* cache.send(urls[each.page] as string, init(cache, urls, each))
        if (each.reads === 'body') yield* response.text()
      } catch {}
    }
  }
  const awaits = async () => {
    for (const each of asks) {
      try {
        const response = await cache.send(urls[each.page] as string, init(cache, urls, each))
        if (each.reads === 'body') await response.text()
      } catch {}
    }
  }
  return { [when]: how === 'generator' ? steps : awaits }
}

async function ends(caches: readonly Cache[], { kinds, roots }: Program, run: string): Promise<void> {
  const urls = kinds.map((kind, page) => origin.on(`/${run}/${page}`, KINDS[kind]).url(`/${run}/${page}`))
  const answers = roots.map(([asked, on]) => {
    const cache = caches[on % caches.length] as Cache
    return cache.send(urls[asked.page] as string, init(cache, urls, asked)).then((response) => response.text())
  })
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<'waits'>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, 'waits')
  })
  const end = await Promise.race([Promise.allSettled(answers).then(() => 'over' as const), patience])
  clearTimeout(timer)
  assert.is(end, 'over')
}

const places = {
  'a host in this thread': async () => {
    const cache = openCache()
    return { caches: [cache], stats: () => cache.stats(), close: () => cache.close() }
  },
  'a host in this thread, by policy fastly': async () => {
    const cache = openCache({ policy: 'fastly' })
    return { caches: [cache], stats: () => cache.stats(), close: () => cache.close() }
  },
  'three guests of a host thread': async () => {
    const host = await startHost()
    return { caches: [1, 2, 3].map(() => host.connect()), stats: () => host.stats(), close: () => host.close() }
  },
} satisfies Record<string, () => Promise<{ caches: Cache[]; stats(): Stats; close(): Promise<void> }>>

let runs = 0

for (const [where, open] of Object.entries(places)) {
  test(`over ${where}, requests whose hooks ask for each other's pages, at any depth, all come to an end`, async () => {
    const { caches, stats, close } = await open()
    const property = fc.asyncProperty(programs, async (program) => {
      await ends(caches, program, String(runs++))
      await until('nothing is held', () => {
        const { obligations, waiting } = stats().transactions
        return obligations === 0 && waiting === 0
      })
    })
    const seed = GRAPH_SEED === undefined ? Date.now() % 2 ** 31 : Number(GRAPH_SEED)
    console.log(`seed ${seed}: ${where}, ${GRAPH_RUNS} runs`)
    try {
      await fc.assert(property, { numRuns: Number(GRAPH_RUNS), seed, endOnFailure: true })
    } finally {
      await close()
    }
  })
}

test.run()
