/** `tidewait/scheduler`: coroutines over readiness, without any HTTP. Re-exports, nothing else. */

export {
  AlreadyFinishedError,
  BadHandleError,
  type Blame,
  CancelledError,
  ClosedError,
  type ErrorCode,
  InvalidArgumentError,
  TidewaitError,
  TimeoutError,
} from '../base/errors.js'
export { lowestReady, ManualReadiness } from './manual.js'
export { NotAnEffectError } from './not-an-effect-error.js'
export type { AnswerOf, Pending, Poll, Selected, Settled, WaitOptions } from './pending.js'
export { promised } from './promised.js'
export type { Handle, Reaction, Readiness } from './readiness.js'
export { ready } from './ready.js'
export { Scheduler, type SchedulerOptions } from './scheduler.js'
export { type Wait, WouldDeadlockError } from './wait-graph.js'
