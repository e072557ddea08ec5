/** Random programs for coroutines: what is done to them from outside, and what each of them does. */

import fc from 'fast-check'

/**
 * What a coroutine of a program does: wait for handles by their number, for an earlier coroutine, for one that it begins
 * and that waits for a handle, for a promise, or for an effect of Effection's that has its result at once or from the event
 * loop; or fail.
 */
export type Step =
  | { readonly kind: 'ready'; readonly handle: number }
  | { readonly kind: 'join'; readonly whom: number }
  | { readonly kind: 'begin'; readonly handle: number }
  | { readonly kind: Foreign }

export type Foreign = 'promise' | 'effect' | 'late effect' | 'throw'

export type Command =
  | { readonly kind: 'spawn'; readonly steps: readonly Step[]; readonly teardown: Step | undefined }
  | { readonly kind: 'settle' | 'close'; readonly handle: number }
  | { readonly kind: 'poll' | 'wait' | 'cancel' | 'await'; readonly whom: number }
  | { readonly kind: 'turn' | 'select' | 'microtasks' }

/** How many handles there are. */
export const HANDLES = 4

const handle = fc.nat({ max: HANDLES - 1 })
const whom = fc.nat({ max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ready' as const), handle }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('join' as const), whom }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const), handle }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<Foreign[]>('promise', 'effect', 'late effect', 'late effect', 'throw'),
    }),
  },
)
export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('spawn' as const),
      steps: fc.array(step, { maxLength: 4 }),
      teardown: fc.option(
        step.filter(({ kind }) => kind !== 'throw'),
        { nil: undefined, freq: 4 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('settle' as const, 'settle' as const, 'close' as const), handle }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('poll' as const, 'wait' as const, 'cancel' as const, 'await' as const),
      whom,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('turn' as const, 'select' as const, 'microtasks' as const) }),
  },
)

/** Seldom met by chance: a coroutine is cancelled while an effect is under way, and its `finally` block waits. */
export const TAKEN_BACK: readonly Command[] = [
  { kind: 'spawn', steps: [{ kind: 'late effect' }], teardown: { kind: 'ready', handle: 0 } },
  { kind: 'poll', whom: 0 },
  { kind: 'cancel', whom: 0 },
]

/** Likewise: an awaited coroutine begins another in its `finally` block, and only the event loop may bring them on. */
export const BEGUN_ON_ITS_WAY: readonly Command[] = [
  { kind: 'spawn', steps: [{ kind: 'ready', handle: 0 }], teardown: { kind: 'begin', handle: 1 } },
  { kind: 'await', whom: 0 },
  { kind: 'cancel', whom: 0 },
]

/** Likewise: an owner is cancelled whose coroutine has ended by itself, and waits in its `finally` block. */
export const CUT_BY_ITS_OWNER: readonly Command[] = [
  { kind: 'spawn', steps: [], teardown: { kind: 'ready', handle: 0 } },
  { kind: 'spawn', steps: [{ kind: 'join', whom: 0 }], teardown: undefined },
  { kind: 'poll', whom: 1 },
  { kind: 'cancel', whom: 1 },
]
