/** Random programs of structured concurrency, for a task of Effection's and for a coroutine alike. */

import fc from 'fast-check'

/** Waits that are over in time: with a failure, if they are `rejected` or `broken`, and for an `unruly` one if it is undone. */
export type TimedKind = 'sleep' | 'ready' | 'promise' | 'broken' | 'rejected' | 'unruly'

export type Step =
  | { readonly kind: TimedKind; readonly time: number }
  | { readonly kind: 'throw' | 'suspend' }
  | { readonly kind: 'join' | 'halt'; readonly whom: number }
  | { readonly kind: 'open' | 'pass' | 'shared'; readonly which: number }
  | { readonly kind: 'spawn' | 'ensure' | 'scoped' | 'pending'; readonly body: Program }
  | { readonly kind: 'resource' | 'finally' | 'catch'; readonly body: Program; readonly rest: Program }
  | { readonly kind: 'race' | 'all'; readonly bodies: readonly Program[] }

export type Program = readonly Step[]

/** Gates that parts of a program open for each other, and pendings that several of them wait for. */
export const SHARED = 3

const time = fc.integer({ min: 1, max: 6 })
const which = fc.nat({ max: SHARED - 1 })
const sleeping = fc.record({ kind: fc.constant('sleep' as const), time })
const failingChild = sleeping.map((sleep): Step => ({ kind: 'spawn', body: [sleep, { kind: 'throw' }] }))
const slowResource = sleeping.map((sleep): Step => ({ kind: 'resource', body: [], rest: [sleep] }))

function kind<K extends Step['kind']>(...kinds: readonly K[]): fc.Arbitrary<K> {
  return fc.constantFrom(...kinds)
}

const often = kind('sleep', 'ready')
const seldom = kind('promise', 'broken', 'rejected', 'unruly')

export const { program } = fc.letrec<{ program: Program; step: Step }>((tie) => {
  const body = tie('program')
  const bodies = fc.array(body, { minLength: 1, maxLength: 3 })
  return {
    program: fc.array(tie('step'), { maxLength: 6, depthIdentifier: 'program' }),
    step: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'program' },
      { weight: 3, arbitrary: failingChild },
      { weight: 3, arbitrary: slowResource },
      { weight: 5, arbitrary: fc.record({ kind: often, time }) },
      { weight: 3, arbitrary: fc.record({ kind: seldom, time }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('throw', 'suspend') }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('join', 'halt'), whom: fc.nat({ max: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('open', 'pass', 'shared', 'shared'), which }) },
      { weight: 5, arbitrary: fc.record({ kind: kind('spawn', 'spawn', 'ensure', 'scoped', 'pending'), body }) },
      { weight: 5, arbitrary: fc.record({ kind: kind('resource', 'finally', 'catch'), body, rest: body }) },
      { weight: 2, arbitrary: fc.record({ kind: kind('race', 'all'), bodies }) },
    ),
  }
})
