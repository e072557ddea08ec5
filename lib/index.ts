/** `tidewait`: the public face. Re-exports, nothing else. */

export type { Trailers } from './base/body.js'
export { type Clock, systemClock } from './base/clock.js'
export type { CloseOptions } from './base/drain.js'
export {
  AlreadyFinishedError,
  BadHandleError,
  type Blame,
  CancelledError,
  ClosedError,
  type ErrorCode,
  HostLostError,
  InvalidArgumentError,
  TidewaitError,
  TimeoutError,
  TruncatedBodyError,
} from './base/errors.js'
export type { Ticket } from './bridge/ticket.js'
export type { TransactionStats } from './cache/stats.js'
export { Cache } from './client/cache.js'
export type { StoreOptions } from './client/cache-options.js'
export { connect } from './client/connect.js'
export type { FetchInit } from './client/fetch/fetch-init.js'
export { type HostOptions, HostThread, startHost } from './client/host-thread.js'
export type { BodyInput } from './client/input/body-input.js'
export type { SendInit } from './client/input/send-init.js'
export type { RequestInput } from './client/input/target.js'
export { type CacheOptions, openCache } from './client/open-cache.js'
export { PendingRequest } from './client/request/pending-request.js'
export { HttpResponse } from './client/response/response.js'
export type { GuestStats, Stats } from './client/stats.js'
export type { BackendOptions, BackendRetry, BackendTls } from './host/backends.js'
export type { ForwardReason } from './http/cache-status.js'
export type { RequestHead } from './http/message.js'
export { fastly, type Policy, type PolicyChoice, rfc9111 } from './http/policy.js'
export type { AnswerSource } from './pending/answer.js'
export { BackendRequest } from './pending/backend-request.js'
export type { BodyTransform, CandidateResponse } from './pending/candidate-response.js'
export { type Decision, Explanation, type ExplanationStep } from './pending/explain.js'
export type { HeaderTarget } from './pending/header-ops.js'
export type { HookResult, Hooks } from './pending/hooks.js'
export type { PurgeTarget } from './pending/host.js'
export type { CacheOverride, CacheOverrideFields } from './pending/override.js'
export type { RevalidationStats } from './pending/revalidations.js'
export { SelfCollapseError } from './pending/self-collapse.js'
export { isSendError, SendError, type SendErrorCode } from './pending/send-error.js'
export type { Handle, Pending, Poll, Selected, Settled, WaitOptions } from './scheduler/index.js'
export { NotAnEffectError, WouldDeadlockError } from './scheduler/index.js'
