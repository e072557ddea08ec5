/** What no hook may wait for: what its own request is fetching, or one that waits for that. It would wait for ever. */

import { named, TidewaitError } from '../base/errors.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead } from '../http/message.js'
import { type HookOwner, lineage } from './hook-calls.js'
import { withoutQuery } from './send-error.js'

/** A hook asked the cache for the very response that its own request is obliged to fetch (semantics 3.9, 9-2). */
export class SelfCollapseError extends TidewaitError<'WouldDeadlock'> {
  // Private, as that of a `SendError`.
  readonly #request: RequestHead

  constructor(request: RequestHead) {
    const what = `${request.method} ${withoutQuery(request.url)}`
    super('WouldDeadlock', `a hook of ${what} asks for what its own request is fetching`)
    this.#request = request
  }

  /** The request as it was asked for, without its body. */
  get request(): RequestHead {
    return this.#request
  }
}

named({ SelfCollapseError })

/** Throws `SelfCollapseError` if this is called by a hook whose request, or one that waits for that, holds up what is asked for. */
export function refuseSelfCollapse({ request, key }: { request: RequestHead; key: string | undefined }): void {
  for (const owner of lineage())
    if (owner.key === (key ?? cacheKey(request.url)) && owner.holdsUp(request)) throw new SelfCollapseError(request)
}

/** Throws `SelfCollapseError` if this is called by a hook of `owner`, or of a request that such a hook has made. */
export function refuseOwnHook(own: HookOwner, request: RequestHead): void {
  for (const owner of lineage()) if (owner === own) throw new SelfCollapseError(request)
}
