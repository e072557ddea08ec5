/** The body of what has none. */

import { atOnce } from '../base/announcer.js'
import type { BodyReader } from '../base/body.js'

/** Always at its end; shared by all who read nothing. */
export const EMPTY: BodyReader = Object.freeze({
  ready: true,
  length: 0,
  inHand: () => [],
  read: () => undefined,
  onReady: atOnce,
  trailers: () => [],
  cancel() {},
})
