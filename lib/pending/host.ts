/** What a pending request asks of whoever runs it: the host calls of Fastly Compute's HTTP cache, one for one, on handles. */

import type { ByteRange, Trailers } from '../base/body.js'
import type { AbandonReason } from '../cache/obligation.js'
import type { LookupOutcome } from '../cache/outcome.js'
import type { Standing } from '../cache/standings.js'
import type { Fields, RequestHead, ResponseHead } from '../http/message.js'
import type { WriteOptions } from '../http/options.js'
import type { Splice } from '../http/partial.js'
import type { StorageAction } from '../http/storage.js'
import type { VaryRule } from '../http/vary.js'
import type { Handle, Readiness } from '../scheduler/index.js'

/** A request body: bytes that can be sent twice, or a source that is read once. */
export type RequestBody = Uint8Array | AsyncIterable<Uint8Array>

export interface HostSendOptions {
  /** A name from `backends`; without it the URL's own origin. */
  readonly backend?: string | undefined
  readonly body?: RequestBody | undefined
  /** The request as its caller made it, where a hook has changed what is sent. What is stored for this one the answer may change. */
  readonly asked?: RequestHead | undefined
  /** The key of what is stored for it, in place of the one made from its URL. */
  readonly key?: string | undefined
  /** The entry this is the fetch of: when it was sent counts for the age of the answer (RFC 9111 4.2.3). */
  readonly entry?: Handle | undefined
  /** Told of every interim (1xx) head, in order, before the answer is ready (RFC 9110 15.2). */
  readonly onInterim?: ((head: ResponseHead) => void) | undefined
}

export interface LookupOptions {
  /** Only so that an unknown one is an error at once: backends do not split the cache (semantics 5.3). */
  readonly backend?: string | undefined
  /** Replaces the key made from the URL. */
  readonly key?: string | undefined
  /** How long to wait for another's fetch, in milliseconds, before the lookup fails. */
  readonly waitTimeoutMs?: number | undefined
  /** The entry whose hook asks. What could only be answered after that is not waited for. */
  readonly madeBy?: Handle | undefined
}

/** What the cache knows of an object, as it was when the entry became ready. Durations in milliseconds. */
export interface ObjectReport {
  readonly ageMs: number
  /** Whether freshness has ended, by age or by a soft purge. */
  readonly isPast: boolean
  readonly maxAgeMs: number
  readonly swrMs: number
  readonly sieMs: number
  readonly hits: number
  readonly varyNames: readonly string[]
  readonly surrogateKeys: readonly string[]
  readonly sensitive: boolean
}

export interface Found {
  readonly head: ResponseHead
  readonly body: Handle
  readonly object: ObjectReport
  /** Of a fresh response that the host lends: who asked may answer with it again, as long as it stands. */
  readonly standing?: FoundStanding | undefined
}

/** A standing, and the moment on the host's clock for which the rest was said. */
export interface FoundStanding extends Standing {
  readonly asOfMs: number
  /** What the `Age` field rounds up. */
  readonly ageSeconds: number
}

/** Why a lookup led to a fetch, in the words of RFC 9211 2.2, and whether it waited for another's. */
export interface LookupReport {
  readonly key: string
  readonly forward: 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'partial' | 'bypass' | undefined
  readonly collapsed: boolean
  /** Of a leader: the fields by which others tell whether to wait for it, where there are any. */
  readonly variedBy?: VaryRule | undefined
  /** Of a leader: whether nothing could be stored a moment ago, so that it leads together with others. */
  readonly marked?: boolean
}

/** A response as it would be stored, and what to do with it. */
export interface Prepared {
  readonly action: StorageAction
  readonly head: ResponseHead
  /** What its body is put together from, where it is stored as a part or completes one; goes back with the options. */
  readonly splice?: Splice | undefined
  /** Fields that are not stored because they are only for the one who asked. */
  readonly own?: Fields | undefined
}

/** What a purge is aimed at (semantics 12). A URL stands for all its variants and marks. */
export type PurgeTarget = { readonly surrogateKey: string } | { readonly url: string } | { readonly all: true }

/** What a host sees of a request without a lookup. */
export interface Foreseen {
  readonly key: string
  readonly does: 'use' | 'lead' | 'wait' | 'pass'
  readonly outcome: LookupOutcome
  readonly object: ObjectReport | undefined
  readonly stored: ResponseHead | undefined
  readonly known: 'key' | 'nothing'
  /** See `LookupReport`. */
  readonly marked: boolean
  /** Milliseconds in which the host fetches nothing in the background for this key, because that has failed. */
  readonly backOffMs: number
}

/**
 * The host calls. None blocks but `select` and `react`. A handle that is closed, of another kind, or without the
 * obligation a call needs: `BadHandleError`, and nothing has changed. Bad arguments: `InvalidArgumentError`, likewise.
 */
export interface Host extends Readiness {
  /** Sends past the cache. Ready when the head has come or the send has failed. Unknown backend: `SendError` at the call. */
  send(request: RequestHead, options: HostSendOptions): Handle
  /** The answer of a ready send, which is closed by this. Throws its `SendError`. */
  receive(send: Handle): { readonly head: ResponseHead; readonly body: Handle }

  /**
   * Opens a transaction. Ready when its state is known; and, where that is a body which is still coming and a range of it is
   * asked for, whether it has any of that.
   */
  lookup(request: RequestHead, options: LookupOptions): Handle
  /** Flag bits (semantics 3.1). Throws what made the lookup fail. */
  state(entry: Handle): number
  report(entry: Handle): LookupReport
  /** The response that was found, adapted to the request of the lookup or as stored; each call opens a body of its own. */
  found(entry: Handle, adapt: boolean): Found | undefined
  /** The request to send as a leader (semantics 5.2). */
  suggestedRequest(entry: Handle): RequestHead
  /** What a backend's response would be stored as (semantics 6.1). Throws where a 304 does not fit what is stored. */
  prepare(entry: Handle, response: ResponseHead): Prepared
  /**
   * The body that was found or validated, under `head` and adapted to the request of the lookup, for this caller alone:
   * nothing of it is stored.
   */
  validated(entry: Handle, head: ResponseHead, ageMs: number): { readonly head: ResponseHead; readonly body: Handle }
  /** Lifetimes and keys for `head` (semantics 6.4). */
  suggestedOptions(entry: Handle, head: ResponseHead): WriteOptions

  insert(entry: Handle, head: ResponseHead, options: WriteOptions): Handle
  insertAndStreamBack(
    entry: Handle,
    head: ResponseHead,
    options: WriteOptions,
  ): { readonly writer: Handle; readonly entry: Handle }
  update(entry: Handle, head: ResponseHead, options: WriteOptions): void
  updateAndReturnFresh(entry: Handle, head: ResponseHead, options: WriteOptions): Handle
  /** Makes what is stale the answer. Where the host is in another thread, the entry is ready again once it has agreed. */
  chooseStale(entry: Handle): void
  recordNotCacheable(entry: Handle, options: { readonly maxAgeMs: number; readonly varyNames: readonly string[] }): void
  abandon(entry: Handle, reason: AbandonReason): void

  /** The next bytes of a ready body, `undefined` at its clean end. Throws what cut it short. */
  read(body: Handle): Uint8Array | undefined
  /** Bytes of the whole body, where known. */
  length(body: Handle): number | undefined
  /** Trailers, once the clean end was read. */
  trailers(body: Handle): Trailers | undefined
  /** Moves all of `body` into `writer` and ends it as `body` ends. Both handles are the host's from then on. */
  append(writer: Handle, body: Handle): void
  /** The bytes in `range` of `body`, in its place; of the rest no more is read than lies before them. */
  part(body: Handle, range: ByteRange): Handle
  /** A body that is written by hand. A writer is ready while there is room for a chunk, or nobody reads any more. */
  pipe(): { readonly writer: Handle; readonly body: Handle }
  write(writer: Handle, chunk: Uint8Array): void
  /** Calls `listener` where the last who had any use for what is written has left, if that can be seen from here. */
  onDeserted(writer: Handle, listener: () => void): void
  finish(writer: Handle, trailers?: Trailers): void
  /** Ends a writer without finishing; its readers get what was written, then `error`. */
  fail(writer: Handle, error: unknown): void

  /** Looks at what a lookup would come to, without opening one; ready when that is known. */
  foresee(request: RequestHead, options: Pick<LookupOptions, 'key'>): Handle
  /** What a ready `foresee` has seen; closes it. */
  foreseen(handle: Handle): Foreseen
  /** Starts a purge; ready when it is done everywhere. */
  purge(target: PurgeTarget, options: { readonly soft: boolean }): Handle
  /** How many objects and marks a ready purge has hit; closes it. */
  purged(purge: Handle): number

  /**
   * Ends whatever the handle is: an entry gives back its obligation, a send is forgotten, a body is read no further, a
   * writer is abandoned.
   */
  close(handle: Handle): void
}
