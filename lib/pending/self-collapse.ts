/** A hook must not wait for what its own request, or a request that waits for that one, is fetching: both would wait for ever. */

import { named, TidewaitError } from '../base/errors.js'
import { cacheKey } from '../http/key.js'
import type { RequestHead } from '../http/message.js'
import { currentOwner, type HookOwner, ownerChain } from './hook-calls.js'
import { withoutQuery } from './send-error.js'

/** A hook requested the response that its own request has the obligation to fetch (semantics 3.9, 9-2). */
export class SelfCollapseError extends TidewaitError<'WouldDeadlock'> {
  // Private, as in `SendError`: printing the error must not print `Authorization` and `Cookie`.
  readonly #request: RequestHead

  constructor(request: RequestHead) {
    const what = `${request.method} ${withoutQuery(request.url)}`
    super('WouldDeadlock', `a hook of ${what} asks for what its own request is fetching`)
    this.#request = request
  }

  /** The request that the hook made, without its body. */
  get request(): RequestHead {
    return this.#request
  }
}

named({ SelfCollapseError })

/** Throws `SelfCollapseError` if a hook calls this and `request` would wait for a request in that hook's owner chain. */
export function refuseSelfCollapse({ request, key }: { request: RequestHead; key: string | undefined }): void {
  for (const owner of ownerChain(currentOwner()))
    if (owner.key === (key ?? cacheKey(request.url)) && owner.wouldBlock(request)) throw new SelfCollapseError(request)
}

/** Throws `SelfCollapseError` if a hook of `own` calls this, or a hook of a request that such a hook made. */
export function refuseOwnHook(own: HookOwner, request: RequestHead): void {
  for (const owner of ownerChain(currentOwner())) if (owner === own) throw new SelfCollapseError(request)
}
