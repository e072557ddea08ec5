/**
 * What a guest and its host say to each other. Calls, entries and writers are numbered by the guest, and no number is used twice; a
 * stream is a body on its way to it.
 */

import type { Trailers } from '../../base/body.js'
import type { ChannelName } from '../../host/diagnostics.js'
import type { AdaptedResponse } from '../../http/client.js'
import type { RequestHead, ResponseHead } from '../../http/message.js'
import type { WriteOptions } from '../../http/options.js'
import type { AnswerSource } from '../../pending/answer.js'
import type { Foreseen, FoundStanding, LookupReport, ObjectReport, PurgeTarget } from '../../pending/host.js'
import type { CacheOverride } from '../../pending/override.js'
import type { SpokenError } from './spoken-errors.js'

/** A whole request to run over there; the bytes of the message are its body. */
export interface PlaceOrder {
  readonly request: RequestHead
  readonly backend: string | undefined
  readonly key: string | undefined
  readonly override: CacheOverride
  /** The entry of this guest whose hook asks. */
  readonly madeBy: number | undefined
}

/** A request whose body follows, piece by piece. */
type Streaming = { readonly streams?: true | undefined }

/** Why an entry is given up, as far as the others need to know. */
export type SpokenReason =
  | { readonly because: 'failed'; readonly error: SpokenError }
  | { readonly because: 'declined' }
  | { readonly because: 'left' }

export type ToHost =
  | ({ readonly do: 'place'; readonly call: number; readonly order: PlaceOrder } & Streaming)
  /** The last order once more, for another request without a body. */
  | { readonly do: 'place-alike'; readonly call: number }
  | ({
      readonly do: 'send'
      readonly call: number
      readonly request: RequestHead
      readonly asked?: RequestHead | undefined
      readonly key?: string | undefined
      readonly backend?: string | undefined
      readonly entry?: number | undefined
    } & Streaming)
  /** The next bytes of the body of a request, its end, or the failure of its source. */
  | { readonly do: 'upload'; readonly call: number }
  | { readonly do: 'upload-end'; readonly call: number }
  | { readonly do: 'upload-fail'; readonly call: number; readonly error: SpokenError }
  | {
      readonly do: 'lookup'
      readonly call: number
      readonly request: RequestHead
      readonly key?: string | undefined
      readonly waitTimeoutMs?: number | undefined
      readonly madeBy?: number | undefined
    }
  | { readonly do: 'open'; readonly entry: number; readonly stream: number; readonly adapt: boolean }
  /** A part of the body that was found or validated, whatever became of the entry. */
  | {
      readonly do: 'open-part'
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
  | { readonly do: 'abandon'; readonly entry: number; readonly reason: SpokenReason }
  | { readonly do: 'append'; readonly writer: number; readonly stream: number }
  | { readonly do: 'write'; readonly writer: number }
  | { readonly do: 'finish'; readonly writer: number; readonly trailers?: Trailers | undefined }
  | { readonly do: 'fail'; readonly writer: number; readonly error: SpokenError }
  | { readonly do: 'purge'; readonly call: number; readonly target: PurgeTarget; readonly soft: boolean }
  | { readonly do: 'foresee'; readonly call: number; readonly request: RequestHead; readonly key?: string | undefined }
  | { readonly do: 'stats'; readonly call: number }
  | { readonly do: 'ping'; readonly call: number }
  /** Which calls wait for what this guest leads or writes? */
  | { readonly do: 'own-waits'; readonly call: number }
  /** The diagnostics channels that somebody in this guest's thread listens to, from now on. */
  | { readonly do: 'listen'; readonly thread: number; readonly channels: readonly ChannelName[] }
  /** Bytes the guest has read of a stream, and has room for again. */
  | { readonly do: 'credit'; readonly stream: number; readonly bytes: number }
  | { readonly do: 'close'; readonly call: number }
  /** As `close`, for a placed request; but one that leads goes on, for others may wait for its fetch. */
  | { readonly do: 'leave'; readonly call: number }
  | { readonly do: 'close-stream'; readonly stream: number }
  /** Ends a background fetch. */
  | { readonly do: 'end-revalidation'; readonly revalidation: number }

/** An answer as it crosses; its body follows as a stream, or came with the message. */
export interface SpokenAnswer {
  readonly source: AnswerSource
  readonly head: ResponseHead
  readonly object: ObjectReport | undefined
  readonly standing?: FoundStanding | undefined
  readonly lookup: LookupReport | undefined
  readonly forwardStatus: number | undefined
  readonly maskedError: SpokenError | undefined
  /** The number under which the end of the background fetch will be told. */
  readonly revalidation: number | undefined
}

/** A body: all of it in this message, a stream to come, or none. */
export type SpokenBody =
  | { readonly kind: 'inline' }
  | {
      readonly kind: 'stream'
      readonly stream: number
      readonly length?: number | undefined
      /** The writer of this guest that it follows. */
      readonly behind?: number | undefined
      /** It flows once the guest asks, by a credit; until then the guest may have the host use it over there. */
      readonly flow?: 'held' | undefined
    }
  | { readonly kind: 'none' }

/** All that a guest needs to know of an entry to answer for it. */
export interface SpokenEntry {
  readonly state: number
  readonly report: LookupReport
  readonly object: ObjectReport | undefined
  /** The head of what was found, or of what may be validated. */
  readonly stored: ResponseHead | undefined
  /** Whether its body is all there, so that it can be validated or completed. */
  readonly isWhole: boolean
  readonly adapted: ResponseHead | undefined
  readonly standing?: FoundStanding | undefined
  /** Bytes of its body, where known. */
  readonly length: number | undefined
  /** The writer of this guest that its body follows. */
  readonly behind?: number | undefined
  readonly suggested: RequestHead
}

/** A placed request is answered. */
export interface Answered {
  readonly is: 'answered'
  readonly call: number
  readonly answer: SpokenAnswer
  readonly body: SpokenBody
}

/** The last answer once more, body and all: the next hit on the same object at the same moment. */
export interface AnsweredAlike {
  readonly is: 'answered-alike'
  readonly call: number
  readonly hits: number
}

export type ToGuest =
  | Answered
  | AnsweredAlike
  /** A placed request goes past the cache; its answer or failure is still to come. */
  | { readonly is: 'left-cache'; readonly call: number }
  /** Nobody is left who could use what the guest writes there: it has been ended, and what still comes is lost. */
  | { readonly is: 'deserted'; readonly writer: number }
  /** A 1xx head of the fetch of a send or a placed request. */
  | { readonly is: 'interim'; readonly call: number; readonly head: ResponseHead }
  /** Bytes of a request's body that were read, so that as many more may come; or that no more are wanted. */
  | { readonly is: 'upload-credit'; readonly call: number; readonly bytes: number }
  | { readonly is: 'upload-closed'; readonly call: number }
  | { readonly is: 'entry'; readonly call: number; readonly entry: SpokenEntry; readonly body: SpokenBody }
  | {
      readonly is: 'received'
      readonly call: number
      readonly head: ResponseHead
      readonly body: SpokenBody
      readonly sentMs?: number | undefined
    }
  | { readonly is: 'purged'; readonly call: number; readonly affected: number }
  | { readonly is: 'foreseen'; readonly call: number; readonly foreseen: Foreseen }
  | { readonly is: 'stats'; readonly call: number; readonly stats: unknown }
  | { readonly is: 'pong'; readonly call: number }
  | { readonly is: 'own-waits'; readonly call: number; readonly calls: readonly number[] }
  | { readonly is: 'failed'; readonly call: number; readonly error: SpokenError }
  | { readonly is: 'revalidated'; readonly revalidation: number; readonly error?: SpokenError | undefined }
  /** Said on a diagnostics channel over there. An error crosses apart. */
  | {
      readonly is: 'told'
      readonly channel: ChannelName
      readonly message: object
      readonly error?: SpokenError | undefined
    }
  | { readonly is: 'chunk'; readonly stream: number }
  | { readonly is: 'end'; readonly stream: number; readonly trailers?: Trailers | undefined }
  | { readonly is: 'broken'; readonly stream: number; readonly error: SpokenError }
