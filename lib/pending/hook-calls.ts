/** Which request's hook is running: a hook that waits for what its own request is fetching would wait for ever. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Effect, Operation } from 'effection'
import { TidewaitError } from '../base/errors.js'
import { cacheKey } from '../http/key.js'
import { type RequestHead, sameFields } from '../http/message.js'

/** A request whose hook is running. */
export interface HookOwner {
  readonly options: { readonly request: RequestHead }
  readonly key: string
  /** Whether others would have to wait for it now: it has an obligation, and nothing stale to give meanwhile. */
  readonly holdsOthersUp: boolean
}

/** A hook asked the cache for the very response that its own request is obliged to fetch (semantics 3.9, 9-2). */
export class SelfCollapseError extends TidewaitError<'WouldDeadlock'> {
  constructor(readonly request: RequestHead) {
    super('WouldDeadlock', `a hook of ${request.method} ${request.url} asks for what its own request is fetching`)
  }
}

/** Whose hook is on the stack. */
let running: HookOwner | undefined

/**
 * Whose hook an asynchronous function goes on for, after its first `await`. Only such hooks pay for this, and with them, on
 * Node before 24, every promise of the process; that is why it is not used for the others.
 */
const awaiting = new AsyncLocalStorage<HookOwner>()
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new () => unknown

/** Calls `hook` as `owner`'s; what an asynchronous function awaits stays the owner's too. */
export function callAs<T>(owner: HookOwner, hook: () => T, declared: unknown = hook): T {
  const outer = running
  running = owner
  try {
    return declared instanceof AsyncFunction ? awaiting.run(owner, hook) : hook()
  } finally {
    running = outer
  }
}

/** The same for a hook that is an operation: every step of it is the owner's. */
export function stepsAs(owner: HookOwner, operation: Operation<void>): Operation<void> {
  const steps = callAs(owner, () => operation[Symbol.iterator]())
  return {
    [Symbol.iterator]: (): Iterator<Effect<unknown>, void, unknown> => ({
      next: (sent) => callAs(owner, () => steps.next(sent)),
      return: (value) => callAs(owner, () => steps.return?.(value) ?? { done: true, value: undefined }),
      throw: (failure) =>
        callAs(owner, () => {
          if (steps.throw === undefined) throw failure
          return steps.throw(failure)
        }),
    }),
  }
}

/** Throws `SelfCollapseError` if this is called by a hook whose request holds up what is asked for. */
export function refuseSelfCollapse({ request, key }: { request: RequestHead; key: string | undefined }): void {
  const owner = running ?? awaiting.getStore()
  if (owner === undefined || !owner.holdsOthersUp) return
  // Requests with other fields may be after another variant, which is another fetch.
  if (owner.key === (key ?? cacheKey(request.url)) && sameFields(owner.options.request.fields, request.fields))
    throw new SelfCollapseError(request)
}

/** Throws `SelfCollapseError` if this is called by a hook of `owner`. */
export function refuseOwnHook(owner: HookOwner): void {
  if ((running ?? awaiting.getStore()) === owner) throw new SelfCollapseError(owner.options.request)
}
