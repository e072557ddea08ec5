/** Sends a guest the answers of its placed requests, a repeated hit by its number alone, and the ends of their background fetches. */

import type { LocalHost } from '../../host/local-host.js'
import type { Answer } from '../../pending/answer.js'
import type { Pending } from '../../scheduler/index.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { type SerializedError, serializeError } from '../line/serialized-errors.js'
import { isSameAnswer } from '../repeats.js'
import type { GuestWriters } from './guest-writers.js'
import type { Outbox } from './outbox.js'

export interface AnswersParts {
  readonly host: LocalHost
  readonly line: Line<ToGuest, ToHost>
  readonly outbox: Outbox
  readonly writers: GuestWriters
}

export class Answers {
  readonly #parts: AnswersParts
  #last: Answer | undefined
  #nextRevalidation = 1
  /** Background fetches under way, by the number that the guest was told. */
  readonly #revalidations = new Map<number, Pending<void>>()

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  /** Sends `answer` and takes over its body. */
  say(call: number, answer: Answer): void {
    if (isSameAnswer(answer, this.#last)) this.#sayAgain(call, answer)
    else this.#sayWhole(call, answer)
  }

  #sayWhole(call: number, answer: Answer): void {
    const { host, line, outbox, writers } = this.#parts
    const { source, head, object, standing, lookup, forwardStatus, maskedError, revalidation } = answer
    const said = {
      source,
      head,
      object,
      standing,
      lookup,
      forwardStatus,
      maskedError: maskedError && serializeError(maskedError),
      revalidation: revalidation && this.#nextRevalidation++,
    }
    const reader = answer.body === undefined ? undefined : host.takeBody(answer.body)
    const { body: packed, ...whole } = outbox.pack(reader)
    const follows = packed.kind === 'stream' ? writers.followedBy(reader) : undefined
    const body = follows === undefined ? packed : { follows, ...packed }
    line.send({ say: { is: 'answered', call, answer: said, body }, ...whole })
    this.#last = body.kind === 'stream' ? undefined : answer
    outbox.flow(body)
    if (said.revalidation !== undefined && revalidation !== undefined) this.#sayEnd(said.revalidation, revalidation)
  }

  #sayAgain(call: number, { body, object }: Answer): void {
    const { host, line } = this.#parts
    if (body !== undefined) host.close(body)
    line.send({ say: { is: 'answered-repeat', call, hits: object?.hits ?? 0 } })
  }

  /** Cancels a background fetch for the guest. */
  endRevalidation(number: number): void {
    this.#revalidations.get(number)?.cancel()
  }

  /** Sends the end of the background fetch when it comes. */
  #sayEnd(number: number, revalidation: Pending<void>): void {
    const { line } = this.#parts
    this.#revalidations.set(number, revalidation)
    const end = (error?: SerializedError) => {
      this.#revalidations.delete(number)
      line.send({ say: { is: 'revalidated', revalidation: number, error } })
    }
    revalidation.then(
      () => end(),
      (error: unknown) => end(serializeError(error)),
    )
  }
}
