/** User code in the middle of a request: plain functions, generators and promises, all run the same way. */

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
 * Run around the fetch of a leader; never on a hit or for a waiter. Past the cache only `beforeSend` runs, and only with the
 * policy's `hooksOnPass` (semantics 9). Before Node 24, declare a hook `async` if it asks the cache for something after an
 * `await`: a plain function that returns a promise is not recognised by then, and waits for ever if it asks for its own request.
 */
export interface Hooks {
  /** Before the fetch: what it changes reaches the origin. A failure ends the request, or brings out a stale answer. */
  readonly beforeSend?: ((request: BackendRequest) => HookResult) | undefined
  /** After the head of the answer came, and before anything of it is stored. */
  readonly afterSend?: ((candidate: CandidateResponse) => HookResult) | undefined
}

/** Of a request that has none. */
export const NO_HOOKS: Hooks = Object.freeze({})

/** Whose hook is called, and what a failure of it is to callers. */
export interface HookCaller extends HookOwner {
  /** While it waits for a hook it has no handle at the host: until the undo, it ends with that all the same. */
  endsWithHost(): Undo
  hookFailed(cause: unknown): SendError
}

/** `hook` with something done before it; asynchronous where `hook` is, or what that awaits would be nobody's (`callAs`). */
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

/** Runs one hook of `caller`'s to its end. What it returns besides work is not looked at. */
export function* run<T>(hook: (subject: T) => HookResult, subject: T, caller: HookCaller): Operation<void> {
  try {
    yield* work(hook, subject, caller)
  } catch (cause) {
    throw caller.hookFailed(cause)
  }
}

function* work<T>(hook: (subject: T) => HookResult, subject: T, caller: HookCaller): Operation<void> {
  const result: unknown = callAs(caller, () => hook(subject), hook)
  // An arrow that sets `candidate.vary` returns the list it has set.
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return
  const undo = caller.endsWithHost()
  try {
    if (Symbol.iterator in result) yield* stepsAs(caller, result as Operation<void>)
    else if ('then' in result && typeof result.then === 'function') yield* promised(result as Promise<void>)
  } finally {
    undo()
  }
}
