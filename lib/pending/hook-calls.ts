/** Which request owns the hook that is running now, and which requests' hooks made that request in turn. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Effect, Operation } from 'effection'
import { isAsyncFunction } from '../base/realms.js'
import type { RequestHead } from '../http/message.js'
import type { Handle } from '../scheduler/index.js'
import type { Host } from './host.js'

/** Runs a call in one particular asynchronous context, as `AsyncLocalStorage` sees it. */
export type InAsyncContext = <R>(call: () => R) => R

/** Runs a call in whatever context the caller is in. */
export const callDirectly: InAsyncContext = (call) => call()

/** Captures the context that this function is called in. */
export function currentAsyncContext(): InAsyncContext {
  return AsyncLocalStorage.snapshot()
}

/** A request, as the owner of its hooks. */
export interface HookOwner {
  readonly key: string
  /** The request whose hook made this one, if a hook did. That request waits until its hook has returned. */
  readonly madeBy: HookOwner | undefined
  /** Runs the hooks in the context in which the request was made. The code that drives the request may run in another one. */
  readonly inAsyncContext: InAsyncContext
  /** The request's cache entry, while it holds one at `host`. */
  entryAt(host: Host): Handle | undefined
  /** Whether `request`, looked up now under the owner's key, would have to wait for the owner's fetch. */
  wouldBlock(request: RequestHead): boolean
  /** Stands for the owner in the asynchronous contexts of its hooks. */
  readonly ref: OwnerRef
}

/**
 * Emptied when its owner ends. What a hook leaves behind, a timer for instance, keeps the hook's context, and a request that the timer
 * makes takes that over. If each one's hook sets the next timer, all of them would be held. A `WeakRef` would not do: it holds its
 * target until the thread returns to its event loop, and a thread that only blocks never does.
 */
export interface OwnerRef {
  owner: HookOwner | undefined
}

/** The owner of the hook that is on the call stack. */
let running: HookOwner | undefined

/**
 * The owner of the asynchronous hook that continues after an `await`. Before Node 24, the first use of `AsyncLocalStorage` slows
 * down every promise of the process. So there, only hooks declared `async` are tracked: a plain function that returns a promise is
 * not recognised as a hook after its first `await`.
 */
const asyncOwner = new AsyncLocalStorage<OwnerRef>()
const TRACKS_EVERY_HOOK = Number.parseInt(process.versions.node, 10) >= 24

/**
 * Calls `hook` on behalf of `owner`. `declared` is the function that the user wrote; if that is tracked, its owner is still known
 * after an `await`.
 */
export function callAs<T>(owner: HookOwner, hook: () => T, declared: unknown = hook): T {
  const outer = running
  running = owner
  try {
    return owner.inAsyncContext(
      TRACKS_EVERY_HOOK || isAsyncFunction(declared) ? () => asyncOwner.run(owner.ref, hook) : hook,
    )
  } finally {
    running = outer
  }
}

/**
 * Runs each step of `operation`, which a hook of `owner` returned, as part of that hook. Calls `cleansUp` if the operation is told to
 * return, and waits in its `finally` blocks.
 */
export function stepsAs(owner: HookOwner, operation: Operation<void>, cleansUp: () => void): Operation<void> {
  const steps = callAs(owner, () => operation[Symbol.iterator]())
  return {
    [Symbol.iterator]: (): Iterator<Effect<unknown>, void, unknown> => ({
      next: (sent) => callAs(owner, () => steps.next(sent)),
      return(value) {
        const step = callAs(owner, () => steps.return?.(value) ?? { done: true as const, value: undefined })
        if (!step.done) cleansUp()
        return step
      },
      throw: (failure) =>
        callAs(owner, () => {
          if (steps.throw === undefined) throw failure
          return steps.throw(failure)
        }),
    }),
  }
}

/** The owner of the hook that calls this function. */
export function currentOwner(): HookOwner | undefined {
  return running ?? asyncOwner.getStore()?.owner
}

/** The first entry at `host` in the chain that starts at `owner`: the entry that waits for what the hook requests. */
export function nearestEntry(owner: HookOwner | undefined, host: Host): Handle | undefined {
  for (const each of ownerChain(owner)) {
    const entry = each.entryAt(host)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** `nearest`, then the request whose hook made it, and so on outwards. Each waits for the one before it. */
export function* ownerChain(nearest: HookOwner | undefined): Generator<HookOwner> {
  for (let owner = nearest; owner !== undefined; owner = owner.madeBy) yield owner
}
