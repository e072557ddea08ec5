/** The body of what has none. */

import type { BodyReader } from '../base/body.js'
import { nothingToUndo } from '../base/undo.js'

/** Always at its end; shared by all who read nothing. */
export const EMPTY: BodyReader = Object.freeze({
  ready: true,
  length: 0,
  inHand: () => [],
  read: () => undefined,
  onReady(listener: () => void) {
    listener()
    return nothingToUndo
  },
  trailers: () => [],
  cancel() {},
})
