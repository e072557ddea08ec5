/** Which request's hook is running, and whose hook has made that request, and so on. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Effect, Operation } from 'effection'
import { isAsyncFunction } from '../base/realms.js'
import type { RequestHead } from '../http/message.js'
import type { Handle } from '../scheduler/index.js'
import type { Host } from './host.js'

/** Runs a call in an asynchronous context, as `AsyncLocalStorage` sees it. */
export type Within = <R>(call: () => R) => R

/** Where it does not matter which. */
export const anyContext: Within = (call) => call()

/** The context that this is called in. */
export function thisContext(): Within {
  return AsyncLocalStorage.snapshot()
}

/** A request whose hook is running. */
export interface HookOwner {
  readonly key: string
  /** Whose hook has made it, if any has: that one waits as well. */
  readonly madeBy: HookOwner | undefined
  /** Calls in the asynchronous context in which it was made: who drives it may be in another's. */
  readonly within: Within
  /** Its entry at `host`, as long as it has one there. */
  entryAt(host: Host): Handle | undefined
  /** Whether a request like this, for the same key, would have to wait for it now. */
  holdsUp(request: RequestHead): boolean
}

/** Whose hook is on the stack. */
let running: HookOwner | undefined

/**
 * Whose hook an asynchronous function goes on for, after its first `await`. Before Node 24 every promise of the process pays
 * for this, from its first use on: there only hooks that are declared `async` have it, and others that return a promise are
 * not recognised after an `await`.
 */
const awaiting = new AsyncLocalStorage<HookOwner>()
const IS_FREE = Number.parseInt(process.versions.node, 10) >= 24

/** Calls `hook` as `owner`'s; what an asynchronous function awaits stays the owner's too. */
export function callAs<T>(owner: HookOwner, hook: () => T, declared: unknown = hook): T {
  const outer = running
  running = owner
  try {
    return owner.within(IS_FREE || isAsyncFunction(declared) ? () => awaiting.run(owner, hook) : hook)
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

/** Whose hook calls this. */
export function currentOwner(): HookOwner | undefined {
  return running ?? awaiting.getStore()
}

/** The nearest of those who wait for what `owner`'s hook asks for, as `host` knows them. */
export function entryBehind(owner: HookOwner | undefined, host: Host): Handle | undefined {
  for (const each of lineage(owner)) {
    const entry = each.entryAt(host)
    if (entry !== undefined) return entry
  }
  return undefined
}

/** Whose hook calls this, whose hook has made that one, and so on. */
export function* lineage(nearest = currentOwner()): Generator<HookOwner> {
  for (let owner = nearest; owner !== undefined; owner = owner.madeBy) yield owner
}
