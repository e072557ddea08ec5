/** Mail of the host, and whom it is for: each message is handed on, and what somebody waits for is known. */

import type { ClosedError, HostLostError } from '../../base/errors.js'
import { onceMore } from '../alike.js'
import { Incoming } from '../incoming.js'
import type { Message } from '../line/line.js'
import type { Answered, SpokenBody, ToGuest, ToHost } from '../line/protocol.js'
import { heard } from '../line/spoken-errors.js'
import type { TurnSigns } from '../turning.js'
import { Addressees } from './addressees.js'
import { publish } from './listening.js'
import { Streams } from './streams.js'
import { Uploads } from './upload.js'
import { Written } from './written.js'

export interface MailParts {
  /** Says what a host that is gone does not have to hear. */
  tell(say: ToHost, bytes?: Uint8Array): void
  /** Whether somebody waits may have changed. */
  changed(): void
  readonly signs: TurnSigns
}

/** What is for somebody here; the rest is for the mailbox itself. */
export type Mailing = Exclude<ToGuest, { readonly is: 'own-waits' }>

export class Mail {
  /** By the numbers of the calls. */
  readonly answers: Addressees
  /** The ends of background fetches, by numbers of the host's. */
  readonly revalidations: Addressees
  readonly streams: Streams
  readonly uploads: Uploads
  readonly written: Written
  #lastAnswer: Message<Answered> | undefined

  constructor(parts: MailParts) {
    const { tell, changed } = parts
    this.answers = new Addressees(changed)
    this.revalidations = new Addressees(changed)
    this.streams = new Streams({ tell, changed })
    this.uploads = new Uploads({ tell, changed, failed: (call, error) => this.answers.take(call)?.failed(error) })
    this.written = new Written(parts.signs)
  }

  /** Whether anybody waits for any. */
  get isAwaited(): boolean {
    return this.answers.size > 0 || this.streams.areAwaited || this.revalidations.size > 0
  }

  /**
   * Whether any that is awaited can come while this thread sleeps: what waits for a source or a transform here waits for this
   * thread to turn, and so does an answer that `waitsForThread`.
   */
  canComeMeanwhile(waitsForThread: (call: number) => boolean): boolean {
    for (const call of this.answers.numbers()) if (!this.uploads.isOpen(call) && !waitsForThread(call)) return true
    return this.revalidations.size > 0 || this.streams.someAwaited((behind) => !this.#takesTurns(behind))
  }

  hand({ say, bytes, shared }: Message<Mailing>): void {
    switch (say.is) {
      case 'chunk':
        return this.streams.arrive(say.stream, chunksOf({ bytes, shared }))
      case 'end':
        return this.streams.end(say.stream, say.trailers)
      case 'broken':
        return this.streams.fail(say.stream, heard(say.error))
      case 'revalidated': {
        const addressee = this.revalidations.take(say.revalidation)
        return say.error === undefined ? addressee?.heard(say, undefined) : addressee?.failed(heard(say.error))
      }
      case 'told':
        return publish(say.channel, say.error === undefined ? say.message : { ...say.message, error: heard(say.error) })
      case 'left-cache':
        return this.answers.get(say.call)?.leftCache?.()
      case 'deserted':
        return this.written.desert(say.writer)
      case 'interim':
        return this.answers.get(say.call)?.interim?.(say.head)
      case 'upload-credit':
        return this.uploads.credit(say.call, say.bytes)
      case 'upload-closed':
        return this.uploads.stop(say.call)
      case 'failed':
        this.uploads.stop(say.call)
        return this.answers.take(say.call)?.failed(heard(say.error))
      case 'answered-alike':
        return this.#answer(onceMore(this.#lastAnswer, say))
      case 'answered':
        this.#lastAnswer = { say, bytes, shared }
        return this.#answer(this.#lastAnswer)
      default:
        return this.#answer({ say, bytes, shared })
    }
  }

  /** None comes any more: whoever waits for some hears why. */
  fail(lost: HostLostError | ClosedError): void {
    const waiting = [...this.answers.takeAll(), ...this.revalidations.takeAll()]
    this.#lastAnswer = undefined
    this.uploads.stopAll()
    for (const addressee of waiting) addressee.failed(lost)
    this.streams.failAll(lost)
  }

  #takesTurns(behind: number | undefined): boolean {
    return behind !== undefined && (this.uploads.isOpen(behind) || this.written.takesTurns(behind))
  }

  #answer({ say, bytes, shared }: Message<Mailing & { readonly call: number }>): void {
    const body = 'body' in say ? this.#body(say.body, chunksOf({ bytes, shared })) : undefined
    if (body instanceof Incoming) body.behind = behindOf(say)
    const addressee = this.answers.take(say.call)
    if (addressee !== undefined) addressee.heard(say, body)
    else if (body instanceof Incoming) body.cancel()
  }

  #body(body: SpokenBody, chunks: readonly Uint8Array[]): Incoming | readonly Uint8Array[] | undefined {
    if (body.kind === 'inline') return chunks
    return body.kind === 'stream' ? this.streams.come(body.stream, body.length, body.flow) : undefined
  }
}

function chunksOf({ bytes, shared }: Pick<Message<unknown>, 'bytes' | 'shared'>): readonly Uint8Array[] {
  return shared ?? (bytes === undefined ? [] : [bytes])
}

/** The writer of this guest that the body follows, or the request whose own body may have to be sent on. */
function behindOf(say: Mailing & { readonly call: number }): number {
  return ('body' in say && say.body.kind === 'stream' && say.body.behind) || say.call
}
