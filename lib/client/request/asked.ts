/** A request as it was made, and what its caller says of it while it is on its way. */

import type { ResponseHead } from '../../http/message.js'
import { HeaderOps } from '../../pending/header-ops.js'
import type { RequestOptions } from '../../pending/request-options.js'

/** Of most requests nothing more is said: what that takes is made when it is. */
export class Asked {
  #ops: HeaderOps | undefined = undefined
  /** Told of each interim (1xx) head, in order, before the answer. Set once it is known who its client is. */
  onInterim: ((head: ResponseHead) => void) | undefined = undefined
  /** Called when the lookup sends it past the cache; its answer or failure is still to come. */
  onLeavingCache: (() => void) | undefined = undefined

  /** `key` is what its answer is remembered under, if it may be. */
  constructor(
    readonly options: RequestOptions,
    readonly key: string | undefined,
  ) {}

  /** Edits of the answer's head. */
  get ops(): HeaderOps {
    this.#ops ??= new HeaderOps()
    return this.#ops
  }
}
