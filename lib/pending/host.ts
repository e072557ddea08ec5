/** The host calls a pending request makes: those of Fastly Compute's HTTP cache, one for one, on handles. */

import type { ByteRange, Trailers } from '../base/body.js'
import type { AbandonReason } from '../cache/commit-options.js'
import type { LookupOutcome } from '../cache/outcome.js'
import type { Standing } from '../cache/standings.js'
import type { StoredAs } from '../http/kept-options.js'
import type { Fields, RequestHead, ResponseHead } from '../http/message.js'
import type { WriteOptions } from '../http/options.js'
import type { Splice } from '../http/partial.js'
import type { StorageAction } from '../http/storage.js'
import type { VaryRule } from '../http/vary.js'
import type { Handle, Readiness } from '../scheduler/index.js'

/** A request body: bytes, which can be sent twice, or a source, which can be read once. */
export type RequestBody = Uint8Array | AsyncIterable<Uint8Array>

export interface HostSendOptions {
  /** A name from `backends`; without it, the URL's own origin. */
  readonly backend?: string | undefined
  readonly body?: RequestBody | undefined
  /** The request as its caller made it, if a hook changed it. The answer may invalidate or freshen what is stored for that one. */
  readonly asked?: RequestHead | undefined
  /** The key under which the asked request's response is stored, in place of the key made from its URL. */
  readonly key?: string | undefined
  /** The entry whose obligation this fetch is to fulfil. The time of the send counts for the age of the answer (RFC 9111 4.2.3). */
  readonly entry?: Handle | undefined
  /** Called for every interim (1xx) head, in order, before the answer is ready (RFC 9110 15.2). */
  readonly onInterim?: ((head: ResponseHead) => void) | undefined
}

export interface LookupOptions {
  /** Checked only, so that an unknown name is an error at the call: backends do not split the cache (semantics 5.3). */
  readonly backend?: string | undefined
  /** Replaces the key made from the URL. */
  readonly key?: string | undefined
  /** Milliseconds that the lookup waits for another request's fetch before it fails. */
  readonly waitTimeoutMs?: number | undefined
  /** The entry whose hook makes this lookup. The lookup never waits for a fetch that in turn waits for this entry. */
  readonly madeBy?: Handle | undefined
}

/** What the cache knows of a stored object, as of when the entry became ready. Durations in milliseconds. */
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
  /** Present if the host lends this response, which is fresh: the caller may give it again while the standing holds. */
  readonly standing?: FoundStanding | undefined
}

/** A standing, and when the answer that came with it was current. */
export interface FoundStanding extends Standing {
  /** The moment, on the host's clock, for which the answer's ages were computed. */
  readonly asOfMs: number
  /** The age at that moment, which the `Age` field rounds up. */
  readonly ageSeconds: number
}

/** Why a lookup led to a fetch, in the words of RFC 9211 2.2, and whether it waited for another request's fetch. */
export interface LookupReport {
  readonly key: string
  readonly forward: 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'partial' | 'bypass' | undefined
  readonly collapsed: boolean
  /** For a leader: the request fields that select its variant, if any. Only requests for the same variant wait for it. */
  readonly variedBy?: VaryRule | undefined
  /** For a leader: whether it leads at a hit-for-miss mark, side by side with others. */
  readonly marked?: boolean
  /** For a leader behind a stale answer: milliseconds until such a fetch is due again after failures, in any thread. */
  readonly backOffMs?: number | undefined
}

/** A response as it would be stored, and the storage action for it. */
export interface Prepared {
  readonly action: StorageAction
  readonly head: ResponseHead
  /** How the response was stored that this one validates or completes, if it does. */
  readonly storedAs?: StoredAs | undefined
  /** How its body joins the stored one, if the response is a part or completes one. The caller returns it with the options. */
  readonly splice?: Splice | undefined
  /** Fields that are not stored because they are meant for the requester alone. */
  readonly requesterOnly?: Fields | undefined
}

/** What a purge removes (semantics 12). A URL stands for all its variants and marks. */
export type PurgeTarget = { readonly surrogateKey: string } | { readonly url: string } | { readonly all: true }

/** What a lookup would come to, found out without one. */
export interface Foreseen {
  readonly key: string
  readonly does: 'use' | 'lead' | 'wait' | 'pass'
  readonly outcome: LookupOutcome
  readonly object: ObjectReport | undefined
  readonly stored: ResponseHead | undefined
  readonly known: 'key' | 'nothing'
  /** See `LookupReport`. */
  readonly marked: boolean
  /** Milliseconds until this key is revalidated in the background again after failures, in any thread. */
  readonly backOffMs: number
}

/**
 * The host calls. Only `select` and `react` block. A call throws `BadHandleError`, and changes nothing, if its handle is closed, of
 * another kind, or without the obligation that the call needs. For bad arguments it throws `InvalidArgumentError`, and changes
 * nothing either.
 */
export interface Host extends Readiness {
  /** Whether requests can name this backend. */
  hasBackend(name: string): boolean

  /**
   * Sends to the backend. Ready when the head has arrived or the send has failed. Throws `SendError` for an unknown backend.
   */
  send(request: RequestHead, options: HostSendOptions): Handle
  /** Takes the answer of a ready send, and closes the send. Throws the `SendError` of a failed one. */
  receive(send: Handle): { readonly head: ResponseHead; readonly body: Handle }

  /**
   * Opens a transaction. Ready when its state is known. If the request asks for a range of a body that is still arriving, the
   * entry is ready once it is known whether the body has any of that range.
   */
  lookup(request: RequestHead, options: LookupOptions): Handle
  /** The flag bits of a ready entry (semantics 3.1). Throws the failure of a failed lookup. */
  state(entry: Handle): number
  report(entry: Handle): LookupReport
  /** The response found, adapted to the request of the lookup (`adapt`) or as stored. Each call opens a new body. */
  found(entry: Handle, adapt: boolean): Found | undefined
  /** The request that a leader sends (semantics 5.2). */
  suggestedRequest(entry: Handle): RequestHead
  /** What a backend's response would be stored as (semantics 6.1). Throws for a 304 that does not match what is stored. */
  prepare(entry: Handle, response: ResponseHead): Prepared
  /**
   * The found body under `head`, a validated head that is not to be stored, adapted to the request of the lookup. For this
   * caller alone: nothing is stored.
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
  /** Makes the stale object the answer. If the host is in another thread, the entry is ready again once the host has agreed. */
  chooseStale(entry: Handle): void
  recordNotCacheable(entry: Handle, options: { readonly maxAgeMs: number; readonly varyNames: readonly string[] }): void
  /** The reason decides what becomes of the waiters, and counts failures in a row of fetches behind stale answers (`backOffMs`). */
  abandon(entry: Handle, reason: AbandonReason): void

  /** The next bytes of a ready body, or `undefined` at its clean end. Throws the failure that cut the body short. */
  read(body: Handle): Uint8Array | undefined
  /** The length of the whole body in bytes, if known. */
  length(body: Handle): number | undefined
  /** The trailers, once the clean end was read. */
  trailers(body: Handle): Trailers | undefined
  /** Moves all of `body` into `writer`, and ends `writer` as `body` ends. From then on both handles belong to the host. */
  append(writer: Handle, body: Handle): void
  /** Replaces `body` with a body of the bytes in `range`. Bytes before the range are read and dropped, those after it not read. */
  part(body: Handle, range: ByteRange): Handle
  /** A body that the caller writes. The writer is ready while there is room for a chunk, or when nobody reads any more. */
  pipe(): { readonly writer: Handle; readonly body: Handle }
  write(writer: Handle, chunk: Uint8Array): void
  /** Calls `listener` once nobody has a use for what is written any more, if this thread can see that. */
  onDeserted(writer: Handle, listener: () => void): void
  finish(writer: Handle, trailers?: Trailers): void
  /** Breaks a writer off: its readers get what was written, then `error`. */
  fail(writer: Handle, error: unknown): void

  /** Finds out what a lookup would come to, without opening one. Ready when that is known. */
  foresee(request: RequestHead, options: Pick<LookupOptions, 'key'>): Handle
  /** Takes the result of a ready `foresee`, and closes it. */
  foreseen(handle: Handle): Foreseen
  /** Starts a purge. Ready when the purge holds in every thread. */
  purge(target: PurgeTarget, options: { readonly soft: boolean }): Handle
  /** The number of objects and marks that a ready purge affected. Closes the purge. */
  purged(purge: Handle): number

  /**
   * Closes any handle: an entry gives back its obligation, a send is dropped, a body is read no further, a writer breaks its body
   * off.
   */
  close(handle: Handle): void
}
