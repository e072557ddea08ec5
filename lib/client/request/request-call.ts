/** One call of `send`: the request's options, and what its caller adds while the request is under way. */

import type { ResponseHead } from '../../http/message.js'
import { HeaderOps } from '../../pending/header-ops.js'
import type { RequestOptions } from '../../pending/request-options.js'

/** Most callers add nothing, so the parts for that are made when first needed. */
export class RequestCall {
  #ops: HeaderOps | undefined = undefined
  /** Called for each interim (1xx) head, in order, before the answer. Set once the request has a client. */
  onInterim: ((head: ResponseHead) => void) | undefined = undefined
  /** Called when the lookup sends the request past the cache, before its answer or failure. */
  onLeavingCache: (() => void) | undefined = undefined

  /** `key` is the key of the answer in this thread's memory; `undefined` if the answer may not be remembered. */
  constructor(
    readonly options: RequestOptions,
    readonly key: string | undefined,
  ) {}

  /** The caller's edits of the answer's head. */
  get ops(): HeaderOps {
    this.#ops ??= new HeaderOps()
    return this.#ops
  }
}
