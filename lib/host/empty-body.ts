/** The reader for a message without a body. */

import { atOnce } from '../base/announcer.js'
import type { BodyReader } from '../base/body.js'

/** Always at its clean end. One object serves all readers. */
export const EMPTY: BodyReader = Object.freeze({
  ready: true,
  length: 0,
  inHand: () => [],
  read: () => undefined,
  onReady: atOnce,
  trailers: () => [],
  cancel() {},
})
