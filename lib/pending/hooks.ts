/** User code in the middle of a request: plain functions, generators and promises, all run the same way. */

import type { Operation } from 'effection'
import { promised } from '../scheduler/index.js'
import type { BackendRequest } from './backend-request.js'
import type { CandidateResponse } from './candidate.js'

/** What a hook may return: nothing, an operation to run, or a promise to wait for. */
export type HookResult = void | Operation<void> | Promise<void>

/** Run around the fetch of a leader; never on a hit, for a waiter, or past the cache (semantics 9). */
export interface Hooks {
  readonly beforeSend?: ((request: BackendRequest) => HookResult) | undefined
  readonly afterSend?: ((candidate: CandidateResponse) => HookResult) | undefined
}

/** Runs one hook to its end. What it throws is thrown here. */
export function* run<T>(hook: ((subject: T) => HookResult) | undefined, subject: T): Operation<void> {
  const result = hook?.(subject)
  if (result === undefined || result === null) return
  if (Symbol.iterator in result) yield* result as Operation<void>
  else yield* promised(result as Promise<void>)
}
