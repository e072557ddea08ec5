/** What a program is made of: what an origin says, what callers ask, and what else happens. Plain data, drawn at random. */

import fc from 'fast-check'
import { type Asked, asked, atOnce, crowded } from './asked.js'
import { weighed } from './drawing.js'
import { firstReply, laterReply, type Reply } from './reply.js'

export type Event =
  | { readonly event: 'ask'; readonly asked: Asked }
  /** As the last one, a few times more, one after another. */
  | { readonly event: 'again'; readonly times: number }
  /** Many equal requests at once: in one thread, or by turns in both. */
  | { readonly event: 'crowd'; readonly asked: Asked; readonly count: number; readonly threads: 1 | 2 }
  /** Several requests of one thread, for whose answers it waits as one. */
  | { readonly event: 'together'; readonly asked: readonly Asked[]; readonly guest: 0 | 1 }
  /** What the origin holds of a page goes on, and what callers send to it. */
  | { readonly event: 'go on'; readonly page: number }
  /** A page has its next version. */
  | { readonly event: 'change'; readonly page: number }
  /** One caller asks for a page, and for nothing else; a while later, when it may have changed, all others find it aged. */
  | { readonly event: 'age'; readonly page: number; readonly seconds: number; readonly changes: boolean }
  /** Meanwhile the page that was asked for last may have changed. */
  | { readonly event: 'tick'; readonly seconds: number; readonly changes: boolean; readonly then: Then }
  | { readonly event: 'purge'; readonly of: Purged; readonly soft: boolean; readonly guest: 0 | 1; readonly then: Then }
  | { readonly event: 'cancel'; readonly at: number }
  | { readonly event: 'explain'; readonly asked: Asked }

/** A caller asks at once for what was asked for last: in the same way, or for nothing but the page. */
export type Then = 'nobody' | 'the same' | 'the page'

/** A page, or whatever has a key. */
export type Purged = 'all' | { readonly page: number } | { readonly key: string }

export interface Program {
  /** By page, and by version. */
  readonly replies: readonly (readonly Reply[])[]
  readonly events: readonly Event[]
}

const EVENTS = 20

const guest = fc.constantFrom<(0 | 1)[]>(0, 1)
const then = fc.constantFrom<Then[]>('nobody', 'nobody', 'the same', 'the page', 'the page')
const changes = fc.constantFrom(false, true, true)
const page = fc.constantFrom(0, 0, 0, 1)

const event = weighed<Event>(
  [9, fc.record({ event: fc.constant('ask'), asked })],
  [6, fc.record({ event: fc.constant('again'), times: fc.integer({ min: 1, max: 3 }) })],
  [
    4,
    fc.record({
      event: fc.constant('crowd'),
      asked: crowded,
      count: fc.integer({ min: 2, max: 4 }),
      threads: fc.constantFrom(1, 2),
    }),
  ],
  [3, fc.record({ event: fc.constant('together'), asked: fc.array(atOnce, { minLength: 2, maxLength: 4 }), guest })],
  [7, fc.record({ event: fc.constant('go on'), page })],
  [2, fc.record({ event: fc.constant('change'), page })],
  [8, fc.record({ event: fc.constant('age'), page, seconds: fc.constantFrom(5, 6, 6, 10, 14, 26), changes })],
  [5, fc.record({ event: fc.constant('tick'), seconds: fc.constantFrom(1, 3, 6, 20, 61), changes, then })],
  [
    5,
    fc.record({
      event: fc.constant('purge'),
      of: fc.constantFrom<Purged[]>(
        'all',
        { page: 0 },
        { page: 0 },
        { page: 1 },
        { key: 'one' },
        { key: 'two' },
        { key: 'mine' },
      ),
      soft: fc.constantFrom(false, true, true),
      guest,
      then,
    }),
  ],
  [3, fc.record({ event: fc.constant('cancel'), at: fc.nat({ max: 7 }) })],
  [2, fc.record({ event: fc.constant('explain'), asked })],
)

const versions = fc.tuple(firstReply, laterReply, laterReply)

export const program: fc.Arbitrary<Program> = fc.record({
  replies: fc.tuple(versions, versions),
  events: fc.array(event, { minLength: 6, maxLength: EVENTS, size: 'max' }),
})
