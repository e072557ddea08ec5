/** How placed requests are answered across a line: a crowd's answer once, and after it the end of a fetch that it leads. */

import type { LocalHost } from '../../host/local-host.js'
import type { Answer } from '../../pending/answer.js'
import type { Pending } from '../../scheduler/index.js'
import { isSameAnswer } from '../alike.js'
import type { Line } from '../line/line.js'
import type { ToGuest, ToHost } from '../line/protocol.js'
import { type SpokenError, spoken } from '../line/spoken-errors.js'
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
  /** Those that go on. */
  readonly #revalidations = new Map<number, Pending<void>>()

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  /** Takes over the answer's body. */
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
      maskedError: maskedError && spoken(maskedError),
      revalidation: revalidation && this.#nextRevalidation++,
    }
    const reader = answer.body === undefined ? undefined : host.takeBody(answer.body)
    const { body: packed, ...whole } = outbox.pack(reader)
    const behind = packed.kind === 'stream' ? writers.behind(reader) : undefined
    const body = behind === undefined ? packed : { behind, ...packed }
    line.send({ say: { is: 'answered', call, answer: said, body }, ...whole })
    this.#last = body.kind === 'stream' ? undefined : answer
    outbox.flow(body)
    if (said.revalidation !== undefined && revalidation !== undefined) this.#sayEnd(said.revalidation, revalidation)
  }

  #sayAgain(call: number, { body, object }: Answer): void {
    const { host, line } = this.#parts
    if (body !== undefined) host.close(body)
    line.send({ say: { is: 'answered-alike', call, hits: object?.hits ?? 0 } })
  }

  /** The guest wants it no more. */
  endRevalidation(number: number): void {
    this.#revalidations.get(number)?.cancel()
  }

  /** Of the background fetch, once it ends. */
  #sayEnd(number: number, revalidation: Pending<void>): void {
    const { line } = this.#parts
    this.#revalidations.set(number, revalidation)
    const end = (error?: SpokenError) => {
      this.#revalidations.delete(number)
      line.send({ say: { is: 'revalidated', revalidation: number, error } })
    }
    revalidation.then(
      () => end(),
      (error: unknown) => end(spoken(error)),
    )
  }
}
