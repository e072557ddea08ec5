/** Where the interim heads of one request go; nowhere, until somebody wants them. */

import type { ResponseHead } from '../../http/message.js'

/** Set up with the request, before anybody can know who will be its client. */
export class Interim {
  /** Told of each 1xx head, in order, before the answer. */
  listener: ((head: ResponseHead) => void) | undefined = undefined
}
