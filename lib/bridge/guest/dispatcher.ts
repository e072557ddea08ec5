/** Delivers each message of the host to the addressee, body, upload or writer it is for, and knows what is still awaited. */

import type { ClosedError, HostLostError } from '../../base/errors.js'
import { Incoming } from '../incoming.js'
import type { Message } from '../line/messages.js'
import type { Answered, BodyTransfer, ToGuest, ToHost } from '../line/protocol.js'
import { deserializeError } from '../line/serialized-errors.js'
import { repeatedAnswer } from '../repeats.js'
import type { TurnSigns } from '../turning.js'
import { Addressees } from './addressees.js'
import { OpenWriters } from './open-writers.js'
import { Streams } from './streams.js'
import { publish } from './subscriptions.js'
import { Uploads } from './upload.js'

export interface DispatcherParts {
  /** Sends to the host, or does nothing if the host is gone. */
  tell(say: ToHost, bytes?: Uint8Array): void
  /** Called when what is awaited may have changed. */
  changed(): void
  readonly signs: TurnSigns
}

/** All messages but `self-waits`, which is for the mailbox itself. */
export type AddressedMessage = Exclude<ToGuest, { readonly is: 'self-waits' }>

export class Dispatcher {
  /** Answers to calls, by the guest's call numbers. */
  readonly answers: Addressees
  /** Ends of background fetches, by the host's numbers. */
  readonly revalidations: Addressees
  readonly streams: Streams
  readonly uploads: Uploads
  readonly writers: OpenWriters
  #lastAnswer: Message<Answered> | undefined

  constructor(parts: DispatcherParts) {
    const { tell, changed } = parts
    this.answers = new Addressees(changed)
    this.revalidations = new Addressees(changed)
    this.streams = new Streams({ tell, changed })
    this.uploads = new Uploads({ tell, changed, failed: (call, error) => this.answers.take(call)?.failed(error) })
    this.writers = new OpenWriters(parts.signs)
  }

  /** Whether anything waits for a message of the host. */
  get isAwaited(): boolean {
    return this.answers.size > 0 || this.streams.areAwaited || this.revalidations.size > 0
  }

  /**
   * Whether anything that is awaited can come while this thread sleeps. These cannot: the answer to a request whose upload is still
   * open here, an answer that `waitsForThread`, and a body that follows an open upload or a transform of this thread.
   */
  canComeMeanwhile(waitsForThread: (call: number) => boolean): boolean {
    for (const call of this.answers.numbers()) if (!this.uploads.isOpen(call) && !waitsForThread(call)) return true
    return this.revalidations.size > 0 || this.streams.someAwaited((number) => !this.#needsEventLoop(number))
  }

  dispatch({ say, bytes, shared }: Message<AddressedMessage>): void {
    switch (say.is) {
      case 'chunk':
        return this.streams.arrive(say.stream, chunksOf({ bytes, shared }))
      case 'end':
        return this.streams.end(say.stream, say.trailers)
      case 'broken':
        return this.streams.fail(say.stream, deserializeError(say.error))
      case 'revalidated': {
        const addressee = this.revalidations.take(say.revalidation)
        return say.error === undefined
          ? addressee?.answered(say, undefined)
          : addressee?.failed(deserializeError(say.error))
      }
      case 'diagnostic':
        return publish(
          say.channel,
          say.error === undefined ? say.message : { ...say.message, error: deserializeError(say.error) },
        )
      case 'left-cache':
        return this.answers.get(say.call)?.leftCache?.()
      case 'deserted':
        return this.writers.desert(say.writer)
      case 'interim':
        return this.answers.get(say.call)?.interim?.(say.head)
      case 'upload-credit':
        return this.uploads.credit(say.call, say.bytes)
      case 'upload-taken':
        return this.uploads.taken(say.call, say.messages)
      case 'upload-closed':
        return this.uploads.stop(say.call)
      case 'failed':
        return this.answers.take(say.call)?.failed(deserializeError(say.error))
      case 'answered-repeat':
        return this.#answer(repeatedAnswer(this.#lastAnswer, say))
      case 'answered':
        this.#lastAnswer = { say, bytes, shared }
        return this.#answer(this.#lastAnswer)
      default:
        return this.#answer({ say, bytes, shared })
    }
  }

  /** No message will come any more: fails everything that waits for one. */
  fail(lost: HostLostError | ClosedError): void {
    const waiting = [...this.answers.takeAll(), ...this.revalidations.takeAll()]
    this.#lastAnswer = undefined
    this.uploads.stopAll()
    for (const addressee of waiting) addressee.failed(lost)
    this.streams.failAll(lost)
  }

  #needsEventLoop(number: number | undefined): boolean {
    return number !== undefined && (this.uploads.isOpen(number) || this.writers.needsEventLoop(number))
  }

  #answer({ say, bytes, shared }: Message<AddressedMessage & { readonly call: number }>): void {
    const body = 'body' in say ? this.#body(say.body, chunksOf({ bytes, shared })) : undefined
    if (body instanceof Incoming) body.dependsOn = dependencyOf(say)
    const addressee = this.answers.take(say.call)
    if (addressee !== undefined) addressee.answered(say, body)
    else if (body instanceof Incoming) body.cancel()
  }

  #body(body: BodyTransfer, chunks: readonly Uint8Array[]): Incoming | readonly Uint8Array[] | undefined {
    if (body.kind === 'inline') return chunks
    return body.kind === 'stream' ? this.streams.come(body.stream, body.length, body.flow) : undefined
  }
}

function chunksOf({ bytes, shared }: Pick<Message<unknown>, 'bytes' | 'shared'>): readonly Uint8Array[] {
  return shared ?? (bytes === undefined ? [] : [bytes])
}

/** The number of the writer that the body of `say` follows, or else of the request itself, whose upload may still be open. */
function dependencyOf(say: AddressedMessage & { readonly call: number }): number {
  return ('body' in say && say.body.kind === 'stream' && say.body.follows) || say.call
}
