/** Ends a leader's obligation with its candidate: insert, update, mark as uncacheable, or decline (semantics 7.4, 7.5). */

import type { Operation } from 'effection'
import { BadHandleError } from '../base/errors.js'
import { bodyLength } from '../http/body-length.js'
import { has, type ResponseHead, without } from '../http/message.js'
import type { Policy } from '../http/policy.js'
import { type Handle, ready } from '../scheduler/index.js'
import type { Answer } from './answer.js'
import { callersError } from './callers-error.js'
import type { Candidate } from './candidate.js'
import type { RequestContext } from './context.js'
import type { Found, Host } from './host.js'
import { transformBody } from './transform.js'
import { asAsked } from './uncached.js'

/** Commits the candidate, and reads the answer back for the caller. */
export function* commit(context: RequestContext, candidate: Candidate): Operation<Answer> {
  const { host, entry, policy } = context.lookup
  const { action, body } = candidate
  const lookup = host.report(entry)
  const fetched = { lookup, forwardStatus: candidate.received.status, maskedError: undefined, revalidation: undefined }
  switch (action) {
    case 'insert': {
      const back = insertBody(context, candidate)
      const answer = yield* readBack(context, back, policy.transformLeader)
      return { source: 'insert', ...fetched, ...withRequesterFields(candidate, policy, answer) }
    }
    case 'update': {
      const fresh = orClose(context, candidate, () =>
        host.updateAndReturnFresh(entry, candidate.head(), candidate.writeOptions()),
      )
      host.close(body)
      return {
        source: 'update',
        ...fetched,
        ...withRequesterFields(candidate, policy, yield* readBack(context, fresh, true)),
      }
    }
    case 'record-uncacheable':
    case 'do-not-store': {
      if (candidate.isValidation)
        return { source: 'uncached', object: undefined, ...fetched, ...declinedValidation(context, candidate) }
      const answer = unstored(context, candidate)
      orClose(context, candidate, () => decline(context, candidate))
      return answer()
    }
  }
}

/** How to answer with the candidate if it is not stored, whatever becomes of the entry: as asked for (Q37), or transformed. */
export function unstored(context: RequestContext, candidate: Candidate): () => Answer {
  const { host, entry } = context.lookup
  const { body, received, bodyTransform } = candidate
  const rest = { object: undefined, maskedError: undefined, revalidation: undefined }
  const fetched = { ...rest, lookup: host.report(entry), forwardStatus: received.status }
  return () => {
    const head = storedHead(candidate)
    const isTransformed = bodyTransform !== undefined && context.options.request.method !== 'HEAD'
    const answer = isTransformed
      ? { head, body: transformed(context, candidate) }
      : asAsked(context, { head, body, declared: bodyLength('GET', received) })
    return { source: 'uncached', ...fetched, ...answer }
  }
}

/** Commits in the background: done when the body is whole in the store, and failed if the body fails (semantics 7.5). */
export function* commitInBackground(context: RequestContext, candidate: Candidate): Operation<void> {
  const { host } = context.lookup
  switch (candidate.action) {
    case 'insert': {
      const back = insertBody(context, candidate)
      const { body } = yield* readBack(context, back, false)
      return yield* readToEnd(host, body)
    }
    case 'update':
      return updateInBackground(context, candidate)
    case 'record-uncacheable':
    case 'do-not-store':
      orClose(context, candidate, () => decline(context, candidate))
      return host.close(candidate.body)
  }
}

/** Updates the stored object. An object that was purged meanwhile stays gone (semantics 12), which is not a failure. */
function updateInBackground({ host, lookup: { entry } }: RequestContext, candidate: Candidate): void {
  try {
    host.update(entry, candidate.head(), candidate.writeOptions())
  } catch (failure) {
    if (!(failure instanceof BadHandleError)) throw failure
  } finally {
    host.close(candidate.body)
  }
}

/** Inserts the candidate and starts moving its body into the store. Returns an entry that reads it back. */
function insertBody(context: RequestContext, candidate: Candidate): Handle {
  const { host, entry } = context.lookup
  const insert = () => host.insertAndStreamBack(entry, storedHead(candidate), candidate.writeOptions())
  const { writer, entry: back } = orClose(context, candidate, insert)
  moveBody(context, candidate, writer)
  return back
}

/** Reads a body to its end, so that whatever awaits the background fetch (`close()`, for instance) waits for the whole body. */
function* readToEnd(host: Host, body: Handle): Operation<void> {
  try {
    do yield* ready(body)
    while (host.read(body) !== undefined)
  } finally {
    host.close(body)
  }
}

/** Runs `commit`, and closes the candidate's body if that throws: nobody would read it. */
function orClose<T>({ host }: RequestContext, { body }: Candidate, commit: () => T): T {
  try {
    return commit()
  } catch (failure) {
    host.close(body)
    throw failure
  }
}

/**
 * The response behind `entry`, which this closes. The entry may not be ready yet: a host in another thread takes a round trip, and
 * a range of a body that is still arriving waits for the range's first byte.
 */
function* readBack(context: RequestContext, entry: Handle, adapt: boolean): Operation<Found> {
  const { host } = context
  try {
    if (!host.isReady(entry)) yield* ready(entry)
    const found: Found | undefined = host.found(entry, adapt)
    if (found === undefined) throw callersError(context, new Error('what was just stored cannot be read back'))
    return found
  } finally {
    host.close(entry)
  }
}

/** Adds the fields that are for the requester alone, unless the policy gives the caller the answer as stored (semantics 6.3). */
function withRequesterFields<T extends Pick<Answer, 'head'>>(
  { requesterOnly }: Candidate,
  policy: Policy,
  answer: T,
): T {
  if (requesterOnly.length === 0 || !policy.transformLeader) return answer
  return { ...answer, head: { ...answer.head, fields: [...answer.head.fields, ...requesterOnly] } }
}

/** Stores nothing. A mark, or the reason `declined`, keeps the waiters from waiting for each other (semantics 7.4-3). */
function decline(context: RequestContext, candidate: Candidate): void {
  const { host, entry, policy } = context.lookup
  if (candidate.action === 'do-not-store' || leavesStored(context, candidate))
    return host.abandon(entry, { because: 'declined' })
  const { maxAge, vary } = candidate
  const { markerSeconds } = policy
  const lifetimeMs = 1000 * (markerSeconds === 'freshness' ? maxAge : markerSeconds)
  host.recordNotCacheable(entry, { maxAgeMs: Math.max(lifetimeMs, SHORTEST_MARK_MS), varyNames: vary })
}

/**
 * Whether to decline, which leaves the stored object, instead of recording a mark that replaces it. An uncacheable answer to a
 * request with `Authorization` (RFC 9111 3.5) says nothing about what is stored for others. If it replaced that object, any client
 * could evict the object with such a request. False where a hook decided, where the policy's marks are hit-for-pass marks, which
 * stand alone, or where the policy leaves no mark for a declined answer.
 */
function leavesStored({ lookup: { host, entry, options }, policy }: RequestContext, candidate: Candidate): boolean {
  if (policy.authorization !== 'rfc' || policy.markerMode === 'pass' || policy.onDeclined !== 'release-all')
    return false
  if (candidate.isDecided || !has(options.request.fields, 'authorization')) return false
  const { forward } = host.report(entry)
  return forward !== 'uri-miss' && forward !== 'vary-miss'
}

/** A mark with no lifetime would have no effect, and waiters would fetch one after another. */
const SHORTEST_MARK_MS = 1000

/** The head without the fields that a body transform makes wrong: the length and digests of the original bytes (semantics 10.3). */
function storedHead(candidate: Candidate): ResponseHead {
  const head = candidate.head()
  if (candidate.bodyTransform === undefined) return head
  return {
    ...head,
    fields: without(head.fields, 'content-length', 'content-md5', 'digest', 'content-digest', 'repr-digest'),
  }
}

/** The answer for a 304 that is not stored: the stored body that it validated, under the head that the hook has seen. */
function declinedValidation(context: RequestContext, candidate: Candidate): Pick<Answer, 'head' | 'body'> {
  const { host, entry } = context.lookup
  const validated = () => host.validated(entry, candidate.head(), candidate.writeOptions().initialAgeMs)
  const given = orClose(context, candidate, validated)
  try {
    orClose(context, candidate, () => decline(context, candidate))
  } catch (failure) {
    host.close(given.body)
    throw failure
  }
  host.close(candidate.body)
  return given
}

function moveBody(context: RequestContext, candidate: Candidate, writer: Handle): void {
  const { body, bodyTransform } = candidate
  if (bodyTransform === undefined) context.host.append(writer, body)
  else context.spawn(() => transformBody(context, { body, transform: bodyTransform, writer }))
}

function transformed(context: RequestContext, candidate: Candidate): Handle {
  const pipe = context.host.pipe()
  moveBody(context, candidate, pipe.writer)
  return pipe.body
}
