/** Runs a request's hooks, which are user code: plain functions, operations and promises are all run the same way. */

import type { Operation } from 'effection'
import { isAsyncFunction } from '../base/realms.js'
import type { Undo } from '../base/undo.js'
import { promised } from '../scheduler/index.js'
import type { BackendRequest } from './backend-request.js'
import type { CandidateResponse } from './candidate-response.js'
import { callAs, type HookOwner, stepsAs } from './hook-calls.js'
import type { SendError } from './send-error.js'

/** What a hook may return: nothing, an operation to run, or a promise to wait for. */
export type HookResult = void | Operation<void> | Promise<void>

/**
 * Hooks run around the fetch of a leader, never for a hit or a waiter. Past the cache only `beforeSend` runs, and only with the
 * policy's `hooksOnPass` (semantics 9). Before Node 24, declare a hook `async` if it makes a request to the cache after an
 * `await`. There, a plain function that returns a promise is no longer recognised as a hook after its first `await`: if it then
 * requests what its own request is fetching, it gets no error and waits for ever.
 */
export interface Hooks {
  /** Runs before the fetch; its changes reach the origin. If it fails, the request fails, or a stale answer hides the failure. */
  readonly beforeSend?: ((request: BackendRequest) => HookResult) | undefined
  /** Runs after the head of the answer has arrived, and before any of the answer is stored. */
  readonly afterSend?: ((candidate: CandidateResponse) => HookResult) | undefined
}

/** The hooks of a request without hooks. */
export const NO_HOOKS: Hooks = Object.freeze({})

/** The request that calls a hook. */
export interface HookCaller extends HookOwner {
  /**
   * Until the undo is called, the running coroutine fails when the host is lost. While it waits for a hook it is parked on no
   * handle of the host, so nothing else would tell it.
   */
  failOnHostLoss(): Undo
  /** Whether the request was cancelled, or has failed, while its hook ran. */
  readonly isCancelled: boolean
  /**
   * Gives back what the request holds. Called already when the hook of a cancelled request waits in its `finally` blocks: no follower
   * waits for that.
   */
  end(): void
  /** The error that callers get for a failure of the hook. */
  hookFailed(cause: unknown): SendError
}

/** A hook that calls `first` before `hook`. It is declared `async` if `hook` is: `callAs` goes by that before Node 24. */
export function preceded<T>(
  hook: ((subject: T) => HookResult) | undefined,
  first: (subject: T) => void,
): (subject: T) => HookResult {
  if (hook !== undefined && isAsyncFunction(hook))
    return async (subject) => {
      first(subject)
      await (hook(subject) as Promise<void>)
    }
  return (subject) => {
    first(subject)
    return hook?.(subject)
  }
}

/** Runs one hook of `caller` to its end. A return value that is neither an operation nor a promise is ignored. */
export function* run<T>(hook: (subject: T) => HookResult, subject: T, caller: HookCaller): Operation<void> {
  try {
    yield* work(hook, subject, caller)
  } catch (cause) {
    throw caller.hookFailed(cause)
  }
}

function* work<T>(hook: (subject: T) => HookResult, subject: T, caller: HookCaller): Operation<void> {
  const result: unknown = callAs(caller, () => hook(subject), hook)
  // Arrays are iterable but no operation: an arrow function that sets `candidate.vary` returns the array it set.
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return
  const undo = caller.failOnHostLoss()
  try {
    // A hook is told to return also if it leaves an inner scope, after which it may go on.
    if (Symbol.iterator in result)
      yield* stepsAs(caller, result as Operation<void>, () => caller.isCancelled && caller.end())
    else if ('then' in result && typeof result.then === 'function') yield* promised(result as Promise<void>)
  } finally {
    undo()
  }
}
