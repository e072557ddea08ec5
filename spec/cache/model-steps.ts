/** What can happen to the cache and its model: one step after another, at random. */

import fc from 'fast-check'
import type { ModelOptions, ModelReason, ModelTarget } from '../kit/model-records.js'

export type Who = { readonly at: number; readonly among: 'leaders' | 'all' }

export type Step =
  | { do: 'lookup'; key: string; fields: Record<string, string>; lease: number; timeout: number; owner: number }
  | {
      do: 'commit'
      who: Who
      how: 'insert' | 'insert and read' | 'update' | 'update and read'
      options: ModelOptions
      body: 'whole' | 'open'
    }
  | { do: 'choose' | 'renew' | 'sent' | 'close'; who: Who }
  | { do: 'send' }
  | {
      do: 'arrive'
      at: number
      key: string
      fields: Record<string, string>
      says: 'nothing' | 'insert' | 'update' | 'outdate'
      purges: readonly string[]
      options: ModelOptions
    }
  | { do: 'record'; who: Who; maxAge: number; vary: readonly string[] }
  | { do: 'abandon'; who: Who; because: ModelReason }
  | { do: 'end body'; at: number; how: 'complete' | 'failed' }
  | { do: 'purge'; target: ModelTarget; soft: boolean }
  | { do: 'exit'; owner: number }
  | { do: 'tick'; seconds: number }

const who = fc.record<Who>({ at: fc.nat(7), among: fc.constantFrom('leaders', 'leaders', 'leaders', 'all') })
const key = fc.constantFrom('k', 'k', 'k', 'l')
const vary = fc.constantFrom<readonly string[]>([], [], ['a'], ['a'], ['b', 'a'], ['b'])
const seconds = fc.constantFrom(0, 0, 1, 2, 5)
const options = fc.record<ModelOptions>(
  {
    maxAge: seconds.map((s) => s * 1000),
    initialAge: seconds.map((s) => (s % 5) * 1000),
    swr: seconds.map((s) => s * 1000),
    sie: seconds.map((s) => s * 1000),
    vary,
    keys: fc.constantFrom(['s'], ['s', 't'], []),
  },
  { requiredKeys: ['maxAge', 'initialAge', 'swr', 'sie'] },
)
const target = fc.oneof<fc.Arbitrary<ModelTarget>[]>(
  fc.constantFrom('s', 't').map((surrogateKey) => ({ surrogateKey })),
  key.map((each) => ({ key: each })),
  fc.constant({ all: true as const }),
)

const fields = fc.record({ a: fc.constantFrom('1', '2'), b: fc.constantFrom('1', '') }, { requiredKeys: [] })
const lookup: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('lookup' as const),
  key,
  fields,
  lease: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1000, 3000),
  timeout: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1000, 4000),
  owner: fc.nat(2),
})
const commit: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('commit' as const),
  who,
  how: fc.constantFrom('insert' as const, 'insert and read' as const, 'update' as const, 'update and read' as const),
  options,
  body: fc.constantFrom('whole' as const, 'whole' as const, 'whole' as const, 'open' as const),
})
const arrive: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('arrive' as const),
  at: fc.nat(3),
  key,
  fields,
  says: fc.constantFrom(
    'nothing' as const,
    'insert' as const,
    'insert' as const,
    'update' as const,
    'outdate' as const,
  ),
  purges: fc.constantFrom<readonly string[]>([], ['k'], ['k', 'l']),
  options,
})
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: lookup },
  { weight: 6, arbitrary: commit },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('choose' as const, 'renew' as const, 'sent' as const, 'close' as const),
      who,
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'send' }) },
  { weight: 2, arbitrary: arrive },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('record' as const), who, maxAge: seconds.map((s) => s * 1000), vary }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('abandon' as const),
      who,
      because: fc.constantFrom<ModelReason[]>('left', 'failed', 'declined'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('end body' as const),
      at: fc.nat(5),
      how: fc.constantFrom('complete' as const, 'failed' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('purge' as const), target, soft: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('exit' as const), owner: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), seconds: fc.integer({ min: 1, max: 4 }) }) },
)
