/** The forms a hook may have. */

import type { Operation } from 'effection'
import type { HookResult } from '../../lib/pending/hooks.js'

/** The same work in each form a hook may have. */
export const FORMS: readonly (readonly [string, (work: () => void) => HookResult])[] = [
  ['a function', (work) => work()],
  [
    'a generator',
    function* (work): Operation<void> {
      work()
    },
  ],
  [
    'a promise',
    async (work) => {
      await Promise.resolve()
      work()
    },
  ],
]
