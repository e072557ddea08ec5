/**
 * The messages between a guest and its host. Types only. The guest numbers its calls, entries and writers from one sequence, and
 * uses no number twice. A stream is a body on its way to the guest.
 */

import type { Trailers } from '../../base/body.js'
import type { AbandonReason } from '../../cache/commit-options.js'
import type { ChannelName } from '../../host/diagnostics.js'
import type { AdaptedResponse } from '../../http/adapt.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { WriteOptions } from '../../http/options.js'
import type { AnswerSource } from '../../pending/answer.js'
import type { Foreseen, FoundStanding, LookupReport, ObjectReport, PurgeTarget } from '../../pending/host.js'
import type { CacheOverride } from '../../pending/override.js'
import type { SerializedError } from './serialized-errors.js'

/** A whole request for the host to run. The bytes of the message are its body, unless it has none or that `streams`. */
export interface PlaceOrder {
  readonly request: RequestHead
  readonly backend: string | undefined
  readonly key: string | undefined
  readonly override: CacheOverride
  /** The guest's entry whose hook makes the request. */
  readonly madeBy: number | undefined
}

/** `streams`: the request's body follows piece by piece, by `upload` messages. */
type Streaming = { readonly streams?: true | undefined }

/** Why a leader gives up its obligation; waiters are treated accordingly. */
export type SerializedReason =
  | Exclude<AbandonReason, { readonly because: 'failed' }>
  | { readonly because: 'failed'; readonly error: SerializedError }

export type ToHost =
  | ({ readonly do: 'place'; readonly call: number; readonly order: PlaceOrder } & Streaming)
  /** The same order as the last one, without a body. */
  | { readonly do: 'place-repeat'; readonly call: number }
  | ({
      readonly do: 'send'
      readonly call: number
      readonly request: RequestHead
      readonly asked?: RequestHead | undefined
      readonly key?: string | undefined
      readonly backend?: string | undefined
      readonly entry?: number | undefined
    } & Streaming)
  /** The next bytes of a request body; then its end, or the failure of its source. */
  | { readonly do: 'upload'; readonly call: number }
  | { readonly do: 'upload-end'; readonly call: number }
  | { readonly do: 'upload-fail'; readonly call: number; readonly error: SerializedError }
  | {
      readonly do: 'lookup'
      readonly call: number
      readonly request: RequestHead
      readonly key?: string | undefined
      readonly waitTimeoutMs?: number | undefined
      readonly madeBy?: number | undefined
    }
  /**
   * Asks for a part of the body that the entry found or validated, whatever became of the entry. The guest names the part that goes
   * with the head it has: the body may have grown since that was adapted, and the host would choose another part now.
   */
  | {
      readonly do: 'open'
      readonly entry: number
      readonly stream: number
      readonly part: AdaptedResponse['body']
    }
  | {
      readonly do: 'insert'
      readonly entry: number
      readonly writer: number
      readonly back?: number | undefined
      readonly head: ResponseHead
      readonly options: WriteOptions
    }
  | {
      readonly do: 'update'
      readonly entry: number
      readonly back?: number | undefined
      readonly head: ResponseHead
      readonly options: WriteOptions
    }
  | { readonly do: 'choose-stale'; readonly entry: number }
  | { readonly do: 'record'; readonly entry: number; readonly maxAgeMs: number; readonly varyNames: readonly string[] }
  | { readonly do: 'abandon'; readonly entry: number; readonly reason: SerializedReason }
  | { readonly do: 'append'; readonly writer: number; readonly stream: number }
  | { readonly do: 'write'; readonly writer: number }
  | { readonly do: 'finish'; readonly writer: number; readonly trailers?: Trailers | undefined }
  | { readonly do: 'fail'; readonly writer: number; readonly error: SerializedError }
  | { readonly do: 'purge'; readonly call: number; readonly target: PurgeTarget; readonly soft: boolean }
  | { readonly do: 'foresee'; readonly call: number; readonly request: RequestHead; readonly key?: string | undefined }
  | { readonly do: 'stats'; readonly call: number }
  | { readonly do: 'ping'; readonly call: number }
  /** Asks which of the guest's calls wait for what the guest itself leads or writes. */
  | { readonly do: 'self-waits'; readonly call: number }
  /** The diagnostics channels that have subscribers in the guest's thread from now on. */
  | { readonly do: 'subscribe'; readonly thread: number; readonly channels: readonly ChannelName[] }
  /** The guest has read this many bytes of a stream, and has room for as many more. 0 asks for a held stream. */
  | { readonly do: 'credit'; readonly stream: number; readonly bytes: number }
  /** The guest has taken in so many messages of a stream, read or not. */
  | { readonly do: 'taken'; readonly stream: number; readonly messages: number }
  | { readonly do: 'close'; readonly call: number }
  /** As `close`, but a placed request that leads goes on, because others may wait for its fetch. */
  | { readonly do: 'leave'; readonly call: number }
  | { readonly do: 'close-stream'; readonly stream: number }
  /** Ends a background fetch. */
  | { readonly do: 'end-revalidation'; readonly revalidation: number }

/** An answer as it crosses, without its body. */
export interface SerializedAnswer {
  readonly source: AnswerSource
  readonly head: ResponseHead
  readonly object: ObjectReport | undefined
  readonly standing?: FoundStanding | undefined
  readonly lookup: LookupReport | undefined
  readonly forwardStatus: number | undefined
  readonly maskedError: SerializedError | undefined
  /** The number under which the host will tell the end of the answer's background fetch. */
  readonly revalidation: number | undefined
}

/** How a body crosses: whole in the same message, as a stream that follows, or not at all because there is none. */
export type BodyTransfer =
  | { readonly kind: 'inline' }
  | {
      readonly kind: 'stream'
      readonly stream: number
      readonly length?: number | undefined
      /** The guest's own writer whose bytes the body follows, if any. */
      readonly follows?: number | undefined
      /** `held`: the host sends nothing before the guest's first credit. Until then the guest may `append` the stream to a writer. */
      readonly flow?: 'held' | undefined
    }
  | { readonly kind: 'none' }

/** The outcome of a lookup: all that a guest needs for calls that only read the entry. */
export interface SerializedEntry {
  readonly state: number
  readonly report: LookupReport
  readonly object: ObjectReport | undefined
  /** The head of the object that was found, or that may be validated. */
  readonly stored: ResponseHead | undefined
  /** Whether the object's body is complete, so that it can be validated or completed. */
  readonly isWhole: boolean
  /** `stored`, adapted to the request, and the part of the body that goes with it. */
  readonly adapted: AdaptedResponse | undefined
  readonly standing?: FoundStanding | undefined
  /** The length of the object's body in bytes, where known. */
  readonly length: number | undefined
  /** The guest's own writer whose bytes the object's body follows, if any. */
  readonly follows?: number | undefined
  /** The request to send as a leader. */
  readonly suggested: RequestHead
}

/** The answer of a placed request. */
export interface Answered {
  readonly is: 'answered'
  readonly call: number
  readonly answer: SerializedAnswer
  readonly body: BodyTransfer
}

/** The same answer as the last one, with the same body: the next hit on the same object at the same moment. */
export interface AnsweredRepeat {
  readonly is: 'answered-repeat'
  readonly call: number
  readonly hits: number
}

export type ToGuest =
  | Answered
  | AnsweredRepeat
  /** A placed request goes past the cache; its answer or failure is still to come. */
  | { readonly is: 'left-cache'; readonly call: number }
  /** Nobody is left who could use what the guest writes: the host has failed the body, and drops what still comes. */
  | { readonly is: 'deserted'; readonly writer: number }
  /** A 1xx head for a send or a placed request. */
  | { readonly is: 'interim'; readonly call: number; readonly head: ResponseHead }
  /** The host has read this many bytes of an upload, so as many more may come; or it wants no more. */
  | { readonly is: 'upload-credit'; readonly call: number; readonly bytes: number }
  /** The host has taken in so many messages of an upload, read or not. */
  | { readonly is: 'upload-taken'; readonly call: number; readonly messages: number }
  | { readonly is: 'upload-closed'; readonly call: number }
  | { readonly is: 'entry'; readonly call: number; readonly entry: SerializedEntry; readonly body: BodyTransfer }
  | {
      readonly is: 'received'
      readonly call: number
      readonly head: ResponseHead
      readonly body: BodyTransfer
      readonly sentMs?: number | undefined
    }
  | { readonly is: 'purged'; readonly call: number; readonly affected: number }
  | { readonly is: 'foreseen'; readonly call: number; readonly foreseen: Foreseen }
  | { readonly is: 'stats'; readonly call: number; readonly stats: unknown }
  | { readonly is: 'pong'; readonly call: number }
  | { readonly is: 'self-waits'; readonly call: number; readonly calls: readonly number[] }
  | { readonly is: 'failed'; readonly call: number; readonly error: SerializedError }
  | { readonly is: 'revalidated'; readonly revalidation: number; readonly error?: SerializedError | undefined }
  /** A message on a diagnostics channel of the host's thread. An `error` in it crosses serialized. */
  | {
      readonly is: 'diagnostic'
      readonly channel: ChannelName
      readonly message: object
      readonly error?: SerializedError | undefined
    }
  | { readonly is: 'chunk'; readonly stream: number }
  | { readonly is: 'end'; readonly stream: number; readonly trailers?: Trailers | undefined }
  | { readonly is: 'broken'; readonly stream: number; readonly error: SerializedError }
